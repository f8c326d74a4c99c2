import { Answers, type Written } from './answers.ts';
import { type SpoolFile, synced } from './file.ts';
import { LARGEST_WRITE_BYTES, MOST_UNSYNCED_BYTES, PROBE_MS, ROTATE_AGAIN_BYTES, SYNC_AT_BYTES } from './limits.ts';
import { OpenSegment } from './open-segment.ts';
import { Progress } from './progress.ts';
import type { EventParts } from './record.ts';
import { Window } from './window.ts';

export interface WriterOptions {
  /**
   * The open segment with the logical offsets of its first record and its end. All of it is synced.
   */
  file: SpoolFile;
  base: number;
  end: number;
  /** Creates the segment that starts at `base`. */
  create: (base: number) => Promise<SpoolFile>;
  fsyncMs: number;
  segmentBytes: number;
  largestWriteBytes?: number;
  progress?: Progress;
  onFault?: (error: Error) => void;
  probeMs?: number;
}

/**
 * Appends records to the open segment, syncs them, and rotates segments. One sync runs at a time
 * and confirms what was written when it started. Each write starts with a mark of the synced
 * offset.
 *
 * A failed write is cut from the file. After a failed sync the state of everything written since
 * the last good one is unknown (the kernel may have dropped it and does not report it twice). It is
 * written again from memory, and every response waits for a sync until one succeeds:
 * decisions/0030.
 *
 * Over 250 lines because it is one state machine: the next step depends on all of its flags.
 */
export class Writer {
  /** Logical offset after the last record whose callback has run. */
  end: number;
  writeErrors = 0;
  syncErrors = 0;
  /** Why the last write or sync failed; null after a success. */
  fault: Error | null = null;

  readonly #options: WriterOptions;
  readonly #progress: Progress;
  readonly #window: Window;
  readonly #answers = new Answers();
  #segment: OpenSegment;
  #scheduled = false;
  #syncing = false;
  #syncTimer: NodeJS.Timeout | null = null;
  #probeTimer: NodeJS.Timeout | null = null;
  /** Called when no sync or rotation is running. */
  #onFree: () => void = () => {};
  #closed = false;
  /** A sync has failed and none has succeeded since. */
  #suspect = false;
  /** The segment is full: writes wait until it is synced and the next one is created. */
  #rotating = false;
  #rotateAt: number;

  constructor(options: WriterOptions) {
    const { file, base, end, segmentBytes, progress } = options;
    this.#options = options;
    this.#segment = new OpenSegment(base, file);
    this.end = end;
    this.#rotateAt = base + segmentBytes;
    this.#window = new Window(end);
    this.#progress = progress ?? new Progress();
    this.#progress.end = end;
    this.#progress.openBase = base;
  }

  get base(): number {
    return this.#segment.base;
  }

  addEvent(parts: EventParts, written: Written): void {
    this.#flushIfFull();
    this.#window.addEvent(parts);
    this.#wait(written);
  }

  addFrame(frame: Buffer, written: Written): void {
    this.#flushIfFull();
    this.#window.addFrame(frame);
    this.#wait(written);
  }

  /** Resolves when everything added so far is written or refused. */
  flushed(): Promise<void> {
    if (this.#answers.none && this.#window.written === this.end) return Promise.resolve();
    return new Promise((resolve) => this.#wait(() => resolve()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.fault) this.#probe();
    await this.flushed();
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    if (this.#probeTimer) clearTimeout(this.#probeTimer);
    if (this.#syncing || this.#rotating) await new Promise<void>((resolve) => (this.#onFree = resolve));
    await synced(this.#segment.file).catch((error: Error) => this.#options.onFault?.(error));
    this.#segment.file.close();
  }

  /** Whether a response waits for the sync of its record. */
  get #syncFirst(): boolean {
    return this.#options.fsyncMs === 0 || this.#suspect;
  }

  /** Whether writes must wait for the running sync or rotation. */
  get #blocked(): boolean {
    if (this.#rotating || this.#answers.releasing) return true;
    return this.#syncing && (this.#syncFirst || this.#window.unsynced > MOST_UNSYNCED_BYTES);
  }

  #flushIfFull(): void {
    if (this.#window.waiting > (this.#options.largestWriteBytes ?? LARGEST_WRITE_BYTES)) this.#flush();
  }

  #wait(written: Written): void {
    this.#answers.add(written);
    this.#schedule();
  }

  /** Schedules a write, unless it must wait. */
  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#answers.none) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#blocked || this.#answers.none) return;
    const waiting = this.#answers.take();
    if (this.#window.waiting === 0) return this.#release(waiting, null);
    const error = this.#write();
    if (error) {
      this.writeErrors += 1;
      this.#window.drop();
      this.#fail(error, waiting);
    } else if (this.#syncFirst) {
      this.#sync(waiting);
    } else {
      this.#acknowledge(waiting);
      this.#syncSoon();
    }
  }

  #write(): Error | null {
    try {
      if (this.#suspect) this.#segment.write(this.#window.toWriteAgain(), this.#window.synced);
      this.#segment.write(this.#window.toWrite(), this.#window.written);
      this.#window.wrote();
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  #acknowledge(waiting: readonly Written[]): void {
    this.end = this.#window.written;
    this.#progress.end = this.end;
    this.fault = null;
    this.#release(waiting, null);
  }

  /** Refuses the records of a failed write or sync. */
  #fail(error: Error, waiting: readonly Written[]): void {
    if (!this.fault) this.#options.onFault?.(error);
    this.fault = error;
    this.#segment.endAt(this.end);
    this.#probeTimer ??= setTimeout(() => {
      this.#probeTimer = null;
      if (this.fault && !this.#closed) this.#probe();
    }, this.#options.probeMs ?? PROBE_MS);
    this.#release(waiting, error);
  }

  #release(waiting: readonly Written[], error: Error | null): void {
    this.#answers.release(waiting, error);
    this.#schedule();
  }

  /**
   * Writes a sync mark to check whether the error persists. A call would do, but a load balancer
   * may send none until it is gone.
   */
  #probe(): void {
    this.#window.begin();
    this.#wait(() => {});
  }

  /** Schedules the sync of what is written. */
  #syncSoon(): void {
    if (this.#syncing || this.#closed || this.#window.unsynced === 0) return;
    if (this.#window.unsynced > SYNC_AT_BYTES || this.end > this.#rotateAt) this.#sync([]);
    else this.#syncTimer ??= setTimeout(() => this.#sync([]), this.#options.fsyncMs);
  }

  /** @param waiting the responses that wait for this sync */
  #sync(waiting: readonly Written[]): void {
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    this.#syncTimer = null;
    this.#syncing = true;
    const upTo = this.#window.written;
    this.#segment.file.sync((error) => {
      this.#syncing = false;
      if (error) this.#syncFailed(error, waiting);
      else this.#syncedTo(upTo, waiting);
      this.#resume();
    });
  }

  #syncedTo(upTo: number, waiting: readonly Written[]): void {
    const syncFirst = this.#syncFirst;
    this.#window.confirm(upTo);
    this.#suspect = false;
    if (syncFirst) this.#acknowledge(waiting);
    this.#rotating = this.end > this.#rotateAt && !this.#closed;
    if (!this.#rotating) this.#syncSoon();
    // Records written during the sync must be synced too before the next segment is used.
    else if (this.#window.unsynced > 0) this.#sync([]);
    else this.#rotate();
  }

  #syncFailed(error: Error, waiting: readonly Written[]): void {
    this.syncErrors += 1;
    this.#rotating = false;
    this.#suspect = true;
    this.#window.takeBack(this.end);
    this.#fail(error, waiting);
  }

  /** Continues what waited for a sync or a rotation. */
  #resume(): void {
    this.#schedule();
    if (!this.#syncing && !this.#rotating) this.#onFree();
  }

  /**
   * Starts a new segment; the old one must be synced. If that fails (disk full), the old one keeps
   * growing.
   */
  #rotate(): void {
    const { create, segmentBytes, onFault } = this.#options;
    const base = this.end;
    const swap = (file: SpoolFile): void => {
      const old = this.#segment.file;
      this.#segment = new OpenSegment(base, file);
      this.#rotateAt = base + segmentBytes;
      this.#progress.openBase = base;
      try {
        old.close();
      } catch (error) {
        onFault?.(error as Error);
      }
    };
    const keepGrowing = (error: Error): void => {
      this.#rotateAt = base + ROTATE_AGAIN_BYTES;
      onFault?.(error);
    };
    void create(base)
      .then(swap, keepGrowing)
      .finally(() => {
        this.#rotating = false;
        this.#resume();
      });
  }
}
