import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, UsageSink } from '@api-factory/core';
import type { Progress, SpoolView } from './progress.ts';
import { BATCH_BYTES, readBatch } from './reader.ts';
import { removeShipped } from './shipped.ts';

/** How often the spool is looked at, and the least time that a commit gathers. */
const GATHER_MS = 50;
/**
 * How long a commit gathers when much comes in: ledger and roll-ups have a row per key, so a batch in which a key calls
 * twice costs the database less than two batches.
 */
const GATHER_UNDER_LOAD_MS = 1_000;
const MUCH_BYTES = 128 * 1024;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const KEEP_SHIPPED_MS = 24 * 3_600_000;
const CLEAN_EVERY_MS = 10_000;

export interface ShipperOptions {
  spool: SpoolView;
  sink: Pick<UsageSink, 'commit'>;
  clock: Clock;
  progress: Progress;
  onError: (error: Error) => void;
  /** Called when the database has lost what it had confirmed. What it lacks is shipped again. */
  onRewound: () => void;
}

/** Carries the spool's records into the database, in order, each once: the cursor moves in the transaction that stores them. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #cleanAt = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  /** Ships on its own from now on. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Ends the loop after the batch that is under way. */
  async halt(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Ships until nothing is left. @throws what the database throws */
  async drain(): Promise<void> {
    while (await this.#shipBatch());
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      try {
        // First: it makes room on a disk that may be what the database fails of.
        await this.#clean();
        await this.#shipBatch();
        retryMs = FIRST_RETRY_MS;
        await this.#gather();
      } catch (error) {
        this.#options.progress.failures += 1;
        this.#options.progress.failingSince ??= this.#options.clock.now();
        this.#options.onError(error as Error);
        await this.#wait(retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  }

  /** Waits for more to ship: shortly when little comes in, longer when much does, until a batch is full. */
  async #gather(): Promise<void> {
    const { spool, progress, clock } = this.#options;
    const until = clock.now() + GATHER_UNDER_LOAD_MS;
    let before = spool.end;
    while (!this.#stopping.signal.aborted && spool.end - progress.cursor < BATCH_BYTES && clock.now() < until) {
      await this.#wait(GATHER_MS);
      if (spool.end > progress.cursor) progress.behindSince ??= clock.now();
      if (spool.end - before < MUCH_BYTES) return;
      before = spool.end;
    }
  }

  /** Every ten seconds deletes what the database has had for a day, and what makes the spool too large. */
  async #clean(): Promise<void> {
    const { spool, progress, clock } = this.#options;
    const now = clock.now();
    if (now < this.#cleanAt) return;
    this.#cleanAt = now + CLEAN_EVERY_MS;
    await removeShipped(spool, progress.cursor, { newerThanMs: now - KEEP_SHIPPED_MS, bytes: progress.keepBytes });
  }

  async #shipBatch(): Promise<boolean> {
    const { spool, sink, progress, clock, onRewound } = this.#options;
    const startedAt = clock.now();
    const batch = await readBatch(spool.dir, progress.cursor, spool.end);
    if (!batch) {
      progress.behindSince = null;
      return false;
    }
    // Also when the first try fails: what the database does not take must not look as if it had just come.
    progress.behindSince ??= startedAt;
    const { cursor, rewound } = await sink.commit(batch);
    progress.cursor = cursor;
    progress.failingSince = null;
    progress.behindSince = cursor < spool.end ? startedAt : null;
    if (rewound) onRewound();
    return true;
  }

  /** Waits the whole time unless the shipper stops. */
  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
