import type { FastifyBaseLogger } from 'fastify';

const WINDOW_MS = 60_000;
/** Upper bound of kinds kept at a time. */
const MOST_KINDS = 200;

/** A log entry that may repeat a thousand times a second. */
export interface Occurrence {
  /** Occurrences of the same kind are counted together. */
  kind: string;
  level: 'info' | 'warn' | 'error';
  /**
   * The summary repeats those of the last occurrence, with the message of `err` instead of its
   * stack.
   */
  fields: Record<string, unknown>;
  message: string;
}

/**
 * Logs the first occurrence of a kind at once, the others once a minute with their count. A kind
 * that was quiet for a minute is logged at once again.
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
      // Further kinds share one entry per level.
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

  /** Logs the counts since the last flush. */
  flush(): void {
    for (const [kind, entry] of this.#open) {
      if (entry.count === 0) this.#open.delete(kind);
      else this.#logger[entry.last.level]({ ...withoutStack(entry.last.fields), count: entry.count }, `${entry.last.message} (repeated)`);
      entry.count = 0;
    }
  }

  /** Flushes once a minute. @returns a function that stops it after a last flush */
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
