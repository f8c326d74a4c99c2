import type { FastifyBaseLogger } from 'fastify';

const WINDOW_MS = 60_000;
/** Kinds that are told apart at a time: faults come from finitely many places, but their number is not ours to choose. */
const MOST_KINDS = 200;

/** Something that may happen a thousand times a second. */
export interface Occurrence {
  /** What is counted together. */
  kind: string;
  level: 'info' | 'warn' | 'error';
  /** Logged with the first one; the summary repeats those of the last one, with the message of `err` in place of its stack. */
  fields: Record<string, unknown>;
  message: string;
}

/**
 * Logs the first occurrence of a kind at once and the others once a minute with their count, so that a flood costs a handful of
 * lines. A kind that was quiet for a minute is new again.
 */
export class Repeats {
  readonly #logger: FastifyBaseLogger;
  readonly #open = new Map<string, { last: Occurrence; count: number }>();

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger;
  }

  note(occurrence: Occurrence): void {
    const known = this.#open.get(occurrence.kind);
    if (known) {
      known.last = occurrence;
      known.count += 1;
      return;
    }
    if (this.#open.size >= MOST_KINDS) {
      // One kind in place of all that are too many; it never grows the map beyond one entry more.
      const kind = `other ${occurrence.level}`;
      if (occurrence.kind !== kind) return this.note({ ...occurrence, kind });
    }
    this.#open.set(occurrence.kind, { last: occurrence, count: 0 });
    this.#logger[occurrence.level](occurrence.fields, occurrence.message);
  }

  /** A listener for errors that are logged under `message`. */
  on(level: Occurrence['level'], message: string): (err: Error) => void {
    return (err) => this.note({ kind: message, level, fields: { err }, message });
  }

  /** Logs what was counted since the last flush. */
  flush(): void {
    for (const [kind, entry] of this.#open) {
      if (entry.count === 0) this.#open.delete(kind);
      else this.#logger[entry.last.level]({ ...withoutStack(entry.last.fields), count: entry.count }, `${entry.last.message} (repeated)`);
      entry.count = 0;
    }
  }

  /** Flushes once a minute. @returns a function that ends it with a last flush */
  follow(): () => void {
    const timer = setInterval(() => this.flush(), WINDOW_MS).unref();
    return () => {
      clearInterval(timer);
      this.flush();
    };
  }
}

function withoutStack({ err, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return err instanceof Error ? { ...fields, reason: err.message } : fields;
}
