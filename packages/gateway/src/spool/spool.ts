import { closeSync, fdatasync, ftruncateSync, openSync, truncateSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Progress, type SpoolView } from './progress.ts';
import { type EventParts, eventBytes, writeEvent } from './record.ts';
import {
  createSegment,
  HEADER_BYTES,
  listSegments,
  type Segment,
  SpoolDamageError,
  SpoolGapError,
  type SpoolOwner,
  soundEnd,
  spoolOwner,
} from './segments.ts';

export interface SpoolOptions {
  dir: string;
  owner: SpoolOwner;
  /** Number of this start of the gateway; part of every event's id. */
  epoch: number;
  /** Logical offset up to which the database has everything. */
  cursor: number;
  /** Told how far the spool is written. */
  progress?: Progress;
  /** fsync at most this often, ms; 0: before every answer. */
  fsyncMs: number;
  /** A segment that has grown over this is closed. */
  segmentBytes?: number;
  onFault?: (error: Error) => void;
}

/** Hears that its record is written (null), or that it is not and never will be. */
type Written = (error: Error | null) => void;

const SEGMENT_BYTES = 64 * 1024 * 1024;
const FIRST_BUFFER_BYTES = 256 * 1024;
/** A turn of the loop that brings more than this is written in several pieces. */
const LARGEST_WRITE_BYTES = 4 * 1024 * 1024;

/**
 * The gateway's append-only file of usage events not yet in the database. Records that come in the same turn of the
 * loop share one write; each caller is called back after the write that holds its record has returned.
 */
export class Spool implements SpoolView {
  readonly dir: string;
  readonly epoch: number;
  /** Logical offset behind the last written record. */
  end: number;
  /** Events taken in since the start. */
  eventsWritten = 0;
  writeErrors = 0;
  /** Why the last write failed; null once one has succeeded again. */
  fault: Error | null = null;

  readonly #options: SpoolOptions;
  readonly #progress: Progress;
  readonly #segmentBytes: number;
  #fd: number;
  #base: number;
  #sequence = 0;
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  #used = 0;
  #waiting: Written[] = [];
  #scheduled = false;
  #syncing = false;
  #syncTimer: NodeJS.Timeout | null = null;
  /** After a failed write the file is cut to `end` before anything else is written. */
  #mustCut = false;

  private constructor(options: SpoolOptions, fd: number, base: number, end: number) {
    this.#options = options;
    this.#segmentBytes = segmentBytesOf(options);
    this.dir = options.dir;
    this.epoch = options.epoch;
    this.#fd = fd;
    this.#base = base;
    this.end = end;
    this.#progress = options.progress ?? new Progress();
    this.#progress.end = end;
    this.#progress.openBase = base;
  }

  get openBase(): number {
    return this.#base;
  }

  /**
   * Opens the folder, cuts a torn tail, and goes on behind the last sound record.
   * @throws SpoolDamageError for damage in the middle or a missing piece; SpoolOwnerError for another one's spool; SpoolGapError when it begins behind `cursor`
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { dir, owner, cursor } = options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await spoolOwner(dir, owner);
    const segments = await listSegments(dir);
    const last = segments.at(-1);
    const end = last ? recoverEnd(segments, cursor) : cursor;
    if (last && end < last.end) truncateSync(last.path, HEADER_BYTES + end - last.base);
    if (last && end >= cursor && end - last.base < segmentBytesOf(options)) {
      return new Spool(options, openSync(last.path, 'r+'), last.base, end);
    }
    // The database may know more than the disk kept after a crash of the host: go on where the database stands.
    const base = Math.max(end, cursor);
    return new Spool(options, createSegment(dir, base, owner).fd, base, base);
  }

  /** Takes an event into the next write. `parts` gets this start's epoch and the next sequence. */
  appendEvent(parts: EventParts, written: Written): void {
    parts.epoch = this.epoch;
    parts.sequence = ++this.#sequence;
    this.#reserve(eventBytes(parts));
    this.#used = writeEvent(this.#buffer, this.#used, parts);
    this.#waiting.push(written);
    this.eventsWritten += 1;
    this.#schedule();
  }

  /** Takes a whole frame into the next write. */
  appendFrame(frame: Buffer, written: Written): void {
    this.#reserve(frame.length);
    this.#used += frame.copy(this.#buffer, this.#used);
    this.#waiting.push(written);
    this.#schedule();
  }

  /** Writes what is waiting and closes the file. Shipped or not, the records stay on disk. */
  async close(): Promise<void> {
    await this.flushed();
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    await new Promise<void>((resolve) => fdatasync(this.#fd, () => resolve()));
    closeSync(this.#fd);
  }

  /** Resolves when everything that was appended so far is written or refused. */
  flushed(): Promise<void> {
    if (this.#used === 0 && !this.#syncing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve());
      this.#schedule();
    });
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes > LARGEST_WRITE_BYTES && !this.#syncing) this.#flush();
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }

  #schedule(): void {
    if (this.#scheduled || this.#syncing) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#waiting.length === 0) return;
    const bytes = this.#used;
    const waiting = this.#waiting;
    this.#used = 0;
    this.#waiting = [];
    const error = this.#write(bytes);
    if (error || this.#options.fsyncMs > 0) {
      this.#settle(bytes, waiting, error);
      return;
    }
    this.#syncing = true;
    fdatasync(this.#fd, (syncError) => {
      this.#syncing = false;
      this.#settle(bytes, waiting, syncError);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Writes the buffer behind `end`, looping over short writes. */
  #write(bytes: number): Error | null {
    const at = HEADER_BYTES + this.end - this.#base;
    try {
      if (this.#mustCut) this.#cut();
      for (let done = 0; done < bytes; ) done += writeSync(this.#fd, this.#buffer, done, bytes - done, at + done);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  /** Counts the written bytes and releases the answers; a failed write leaves no trace in the file. */
  #settle(bytes: number, waiting: Written[], error: Error | null): void {
    if (error) {
      this.writeErrors += 1;
      if (!this.fault) this.#options.onFault?.(error);
      this.fault = error;
      this.#mustCut = true;
      try {
        this.#cut();
      } catch {
        // Cut before the next write; until then nothing is accepted.
      }
      release(waiting, error);
      return;
    }
    this.end += bytes;
    this.fault = null;
    this.#progress.end = this.end;
    release(waiting, null);
    if (this.#options.fsyncMs > 0) this.#syncTimer ??= setTimeout(() => this.#sync(), this.#options.fsyncMs);
    if (this.end - this.#base > this.#segmentBytes) this.#rotate();
  }

  #cut(): void {
    ftruncateSync(this.#fd, HEADER_BYTES + this.end - this.#base);
    this.#mustCut = false;
  }

  #sync(): void {
    this.#syncTimer = null;
    fdatasync(this.#fd, (error) => {
      // EBADF: the segment was rotated away meanwhile, and its rotation has synced it.
      if (error && error.code !== 'EBADF') this.#options.onFault?.(error);
    });
  }

  /** Begins a new segment. When that fails (disk full) the old one grows on. */
  #rotate(): void {
    const old = this.#fd;
    try {
      const base = this.end;
      this.#fd = createSegment(this.dir, base, this.#options.owner).fd;
      this.#base = base;
      this.#progress.openBase = base;
      fdatasync(old, () => closeSync(old));
    } catch (error) {
      this.#fd = old;
      this.#options.onFault?.(error as Error);
    }
  }
}

const segmentBytesOf = ({ segmentBytes = SEGMENT_BYTES }: SpoolOptions): number => segmentBytes;

function release(waiting: Written[], error: Error | null): void {
  for (const written of waiting) written(error);
}

/** Checks that nothing unshipped is missing or damaged; returns the logical end of the last segment's sound records. */
function recoverEnd(segments: Segment[], cursor: number): number {
  const unshipped = segments.filter((segment) => segment.end > cursor);
  const first = unshipped[0];
  if (!first) return (segments.at(-1) as Segment).end;
  if (first.base > cursor) throw new SpoolGapError(first.path, cursor, first.base);
  let end = first.end;
  for (const [index, segment] of unshipped.entries()) {
    end = soundEnd(segment, cursor);
    const next = unshipped[index + 1];
    if (next && next.base !== end)
      throw new SpoolDamageError(segment.path, HEADER_BYTES + end - segment.base, `the next segment begins at ${next.base}, not at ${end}`);
  }
  return end;
}
