import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, UsageSink } from '@api-factory/core';
import type { Progress, SpoolView } from './progress.ts';
import { BATCH_BYTES, readBatch } from './reader.ts';
import { removeShipped } from './shipped.ts';

/** Polling interval, and the shortest time between commits. */
const GATHER_MS = 50;
/**
 * Time between commits under load. Ledger and rollups have a row per key, so one batch with two
 * calls of a key costs the database less than two batches.
 */
const GATHER_UNDER_LOAD_MS = 1_000;
const HIGH_LOAD_BYTES = 128 * 1024;
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
  /** Called when the database has lost confirmed commits. The missing records are shipped again. */
  onRewound: () => void;
}

/**
 * Ships the spool's records to the database in order, exactly once: the cursor is updated in the
 * same transaction.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #cleanAt = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  /** Starts the loop. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Stops the loop after the current batch. */
  async halt(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Ships everything. @throws the error of the database */
  async drain(): Promise<void> {
    while (await this.#shipBatch());
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      try {
        // First, because a full disk may be why the database fails.
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

  /**
   * Waits for more records: briefly under low load, longer under high load, until a batch is full.
   */
  async #gather(): Promise<void> {
    const { spool, progress, clock } = this.#options;
    const until = clock.now() + GATHER_UNDER_LOAD_MS;
    let before = spool.end;
    while (!this.#stopping.signal.aborted && spool.end - progress.cursor < BATCH_BYTES && clock.now() < until) {
      await this.#wait(GATHER_MS);
      if (spool.end > progress.cursor) progress.behindSince ??= clock.now();
      if (spool.end - before < HIGH_LOAD_BYTES) return;
      before = spool.end;
    }
  }

  /**
   * Every ten seconds deletes usage that was shipped a day ago or makes the spool exceed its limit.
   */
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
    // Set before the commit, so that it stays if the commit fails.
    progress.behindSince ??= startedAt;
    const { cursor, rewound } = await sink.commit(batch);
    progress.cursor = cursor;
    progress.failingSince = null;
    progress.behindSince = cursor < spool.end ? startedAt : null;
    if (rewound) onRewound();
    return true;
  }

  /** Returns early when the shipper stops. */
  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
