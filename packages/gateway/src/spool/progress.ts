/**
 * The shipping thread's view of the spool, which another thread writes. Offsets are logical bytes.
 */
export interface SpoolView {
  readonly dir: string;
  /** Offset after the last written record. */
  readonly end: number;
  /** Offset of the first record of the open segment. */
  readonly openBase: number;
}

const END = 0;
const OPEN_BASE = 1;
const CURSOR = 2;
const BEHIND_SINCE = 3;
const FAILURES = 4;
const FAILING_SINCE = 5;
const KEEP_BYTES = 6;
const CELLS = 7;

/** How far the spool is written and shipped, in memory shared between threads. */
export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT);
    this.#cells = new BigInt64Array(this.shared);
    if (!shared) this.keepBytes = Number.MAX_SAFE_INTEGER;
  }

  get end(): number {
    return this.#read(END);
  }
  set end(offset: number) {
    this.#write(END, offset);
  }

  get openBase(): number {
    return this.#read(OPEN_BASE);
  }
  set openBase(offset: number) {
    this.#write(OPEN_BASE, offset);
  }

  /** Everything before it is in the database. */
  get cursor(): number {
    return this.#read(CURSOR);
  }
  set cursor(offset: number) {
    this.#write(CURSOR, offset);
  }

  /** Since when records have been waiting to be shipped, epoch ms; null if none are. */
  get behindSince(): number | null {
    return this.#read(BEHIND_SINCE) || null;
  }
  set behindSince(ms: number | null) {
    this.#write(BEHIND_SINCE, Math.floor(ms ?? 0));
  }

  /** Failed attempts to ship. */
  get failures(): number {
    return this.#read(FAILURES);
  }
  set failures(count: number) {
    this.#write(FAILURES, count);
  }

  /** Since when every attempt to ship has failed, epoch ms; null after a success. */
  get failingSince(): number | null {
    return this.#read(FAILING_SINCE) || null;
  }
  set failingSince(ms: number | null) {
    this.#write(FAILING_SINCE, Math.floor(ms ?? 0));
  }

  /** Size of the spool above which shipped segments are deleted early. */
  get keepBytes(): number {
    return this.#read(KEEP_BYTES);
  }
  set keepBytes(bytes: number) {
    this.#write(KEEP_BYTES, bytes);
  }

  #read(cell: number): number {
    return Number(Atomics.load(this.#cells, cell));
  }

  #write(cell: number, value: number): void {
    Atomics.store(this.#cells, cell, BigInt(value));
  }
}
