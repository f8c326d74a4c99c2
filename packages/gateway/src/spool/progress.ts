/** What a thread that ships has to know of the spool that another thread writes. Offsets are logical bytes. */
export interface SpoolView {
  readonly dir: string;
  /** Behind the last written record. */
  readonly end: number;
  /** First record of the segment that is being written. */
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

/** How far a spool is written and shipped, in memory that threads share. */
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

  /** Up to here the database has everything. */
  get cursor(): number {
    return this.#read(CURSOR);
  }
  set cursor(offset: number) {
    this.#write(CURSOR, offset);
  }

  /** Epoch ms since when something is waiting to be shipped; null when nothing is. */
  get behindSince(): number | null {
    return this.#read(BEHIND_SINCE) || null;
  }
  set behindSince(ms: number | null) {
    this.#write(BEHIND_SINCE, Math.floor(ms ?? 0));
  }

  /** Failed tries to ship. */
  get failures(): number {
    return this.#read(FAILURES);
  }
  set failures(count: number) {
    this.#write(FAILURES, count);
  }

  /** Epoch ms since when every try to ship has failed; null when the last one worked. */
  get failingSince(): number | null {
    return this.#read(FAILING_SINCE) || null;
  }
  set failingSince(ms: number | null) {
    this.#write(FAILING_SINCE, Math.floor(ms ?? 0));
  }

  /** So large may the spool be before shipped segments are deleted early. */
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
