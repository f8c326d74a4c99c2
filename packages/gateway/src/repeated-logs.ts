import type { FastifyBaseLogger } from 'fastify';

const WINDOW_MS = 60_000;
/** Maximum number of kinds that are counted separately. */
const MAX_KINDS = 200;

/** A log entry that may repeat thousands of times a second. */
export interface Occurrence {
  /** Occurrences of the same kind are counted together. */
  kind: string;
  level: 'info' | 'warn' | 'error';
  /**
   * A summary has the fields of the last occurrence, with the message of `err` instead of its
   * stack.
   */
  fields: Record<string, unknown>;
  message: string;
}

/**
 * Logs the first occurrence of a kind at once, and a count of the others once a minute. A kind that
 * was quiet for a minute is logged at once again.
 */
export class Repeats {
  readonly #logger: FastifyBaseLogger;
  readonly #kinds = new Map<string, { last: Occurrence; count: number }>();

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger;
  }

  note(occurrence: Occurrence): void {
    const known = this.#kinds.get(occurrence.kind);
    if (known) {
      known.last = occurrence;
      known.count += 1;
      return;
    }
    if (this.#kinds.size >= MAX_KINDS) {
      // Further kinds share one entry per level.
      const kind = `other ${occurrence.level}`;
      if (occurrence.kind !== kind) return this.note({ ...occurrence, kind });
    }
    this.#kinds.set(occurrence.kind, { last: occurrence, count: 0 });
    this.#logger[occurrence.level](occurrence.fields, occurrence.message);
  }

  /** Returns a listener that logs errors under `message`. */
  on(level: Occurrence['level'], message: string): (err: Error) => void {
    return (err) => this.note({ kind: message, level, fields: { err }, message });
  }

  /** Logs the counts since the last flush. */
  flush(): void {
    for (const [kind, entry] of this.#kinds) {
      if (entry.count === 0) this.#kinds.delete(kind);
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
