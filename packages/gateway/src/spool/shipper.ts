import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, UsageSink } from '../ports.ts';
import { BATCH_BYTES, readBatch } from './reader.ts';
import type { Spool } from './spool.ts';

/** A commit takes what has come in this time, */
const GATHER_MS = 50;
/**
 * or in this time when much comes in: ledger and roll-ups have a row per key, so a batch in which a key calls twice costs
 * the database less than two batches.
 */
const GATHER_UNDER_LOAD_MS = 1_000;
const MUCH_BYTES = 128 * 1024;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const KEEP_SHIPPED_MS = 24 * 3_600_000;
const CLEAN_EVERY_MS = 60_000;

export interface ShipperOptions {
  spool: Spool;
  sink: UsageSink;
  clock: Clock;
  cursor: number;
  onError: (error: Error) => void;
}

/** Carries the spool's records into the database, in order, each once: the cursor moves in the transaction that stores them. */
export class Shipper {
  /** Logical offset up to which the database has everything. */
  cursor: number;
  failures = 0;
  /** Epoch ms since when something is waiting to be shipped; null when nothing is. */
  behindSince: number | null = null;

  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();
  #cleanAt = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.cursor = options.cursor;
  }

  /** Ships on its own from now on. */
  start(): void {
    this.#options.spool.onWritten = () => {
      this.behindSince ??= this.#options.clock.now();
      this.#wake();
    };
    this.#loop = this.#run();
  }

  /** Ships until nothing is left. @throws what the database throws */
  async drain(): Promise<void> {
    while (await this.#shipBatch());
  }

  /** Stops the loop, then tries once more to ship what is left. @returns whether all of it was shipped */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    this.#wake();
    await this.#loop;
    try {
      await this.drain();
      return true;
    } catch (error) {
      this.#failed(error as Error);
      return false;
    }
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      try {
        if (!(await this.#shipBatch())) await this.#untilWritten();
        await this.#clean();
        retryMs = FIRST_RETRY_MS;
        await this.#gather();
      } catch (error) {
        this.#failed(error as Error);
        await this.#wait(retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  }

  /** Waits for more to ship: shortly when little comes in, longer when much does, until a batch is full. */
  async #gather(): Promise<void> {
    const { spool, clock } = this.#options;
    const until = clock.now() + GATHER_UNDER_LOAD_MS;
    let before = spool.end;
    while (!this.#stopping.signal.aborted && spool.end - this.cursor < BATCH_BYTES && clock.now() < until) {
      await this.#wait(GATHER_MS);
      if (spool.end - before < MUCH_BYTES) return;
      before = spool.end;
    }
  }

  /** Once a minute deletes what the database has had for a day. */
  async #clean(): Promise<void> {
    const now = this.#options.clock.now();
    if (now < this.#cleanAt) return;
    this.#cleanAt = now + CLEAN_EVERY_MS;
    await this.#options.spool.removeShipped(this.cursor, now, KEEP_SHIPPED_MS);
  }

  async #shipBatch(): Promise<boolean> {
    const { spool, sink, clock } = this.#options;
    const startedAt = clock.now();
    const batch = await readBatch(spool.dir, this.cursor, spool.end);
    if (!batch) {
      this.behindSince = null;
      return false;
    }
    await sink.commit(batch);
    this.cursor = batch.to;
    this.behindSince = this.cursor < spool.end ? startedAt : null;
    return true;
  }

  #failed(error: Error): void {
    this.failures += 1;
    this.#options.onError(error);
  }

  /** Waits until something is written or the shipper stops; now and then it looks by itself. */
  #untilWritten(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CLEAN_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits the whole time unless the shipper stops. */
  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
