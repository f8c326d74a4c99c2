import { mkdir } from 'node:fs/promises';
import type { Written } from './answers.ts';
import { RecordTooLargeError } from './errors.ts';
import { type OpenFile, openFile } from './file.ts';
import { SEGMENT_BYTES } from './limits.ts';
import type { Progress, SpoolView } from './progress.ts';
import { type EventParts, eventBodyBytes, eventBytes, FRAME_BYTES, MAX_BODY_BYTES } from './record.ts';
import { type Cut, recover } from './recover.ts';
import { createSegment, type SpoolOwner, spoolOwner } from './segments.ts';
import { Writer } from './writer.ts';

export interface SpoolOptions {
  dir: string;
  owner: SpoolOwner;
  /** Number of this start of the gateway; part of every event's id. */
  epoch: number;
  /** Logical offset up to which the database has everything. */
  cursor: number;
  /** The host was restarted since the spool was last written: its end may have holes. */
  rebooted: boolean;
  /** Told how far the spool is written. */
  progress?: Progress;
  /** A write is synced after this time at the latest, ms; 0: before its answers leave. */
  fsyncMs: number;
  /** A segment that has grown over this is closed. */
  segmentBytes?: number;
  /** A turn of the loop that brings more than this is written in several pieces. */
  largestWriteBytes?: number;
  /** Called when writing or syncing begins to fail, and when no new segment can be made. */
  onFault?: (error: Error) => void;
  /** Called for each record that is refused for its length. */
  onTooLarge?: (error: RecordTooLargeError) => void;
  /** How long a spool with a fault waits before it tries again by itself, ms. */
  probeMs?: number;
  openFile?: OpenFile;
}

/**
 * The gateway's append-only file of usage events not yet in the database. Records that come in the same turn of the
 * loop share one write; each caller is called back after the write that holds its record, or after the sync of it.
 */
export class Spool implements SpoolView {
  readonly dir: string;
  readonly epoch: number;
  /** What was cut off the end when this spool was opened. */
  readonly cut: Cut | null;
  /** Events taken in since the start. */
  eventsWritten = 0;
  /** Records refused since the start because they were too large. */
  tooLarge = 0;
  /** While this is set, events are refused with it and nothing is tried. Whoever sets it takes it back. */
  refusal: Error | null = null;

  readonly #options: SpoolOptions;
  readonly #writer: Writer;
  #sequence = 0;

  private constructor(options: SpoolOptions, writer: Writer, cut: Cut | null) {
    this.#options = options;
    this.#writer = writer;
    this.dir = options.dir;
    this.epoch = options.epoch;
    this.cut = cut;
  }

  /**
   * Opens the folder, cuts what a crash left unfinished, and continues behind the last sound record.
   * @throws SpoolDamageError for damage or a missing piece; SpoolOwnerError for the spool of another gateway; SpoolGapError when it begins behind `cursor`
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { dir, owner, segmentBytes = SEGMENT_BYTES, openFile: open = openFile } = options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await spoolOwner(dir, owner);
    const { last, end, cut } = await recover({ ...options, openFile: open });
    const create = (base: number) => createSegment(open, { dir, base, owner });
    const at =
      last && end - last.base < segmentBytes
        ? { file: open(last.path, 'r+'), base: last.base, end }
        : { file: await create(end), base: end, end };
    return new Spool(options, new Writer({ ...options, ...at, segmentBytes, create }), cut);
  }

  /** Logical offset behind the last record whose caller knows that it is written. */
  get end(): number {
    return this.#writer.end;
  }

  get openBase(): number {
    return this.#writer.base;
  }

  get writeErrors(): number {
    return this.#writer.writeErrors;
  }

  get syncErrors(): number {
    return this.#writer.syncErrors;
  }

  /** Why events are not taken: the last write or sync failed, or there is a `refusal`. Null: they are. */
  get fault(): Error | null {
    return this.#writer.fault ?? this.refusal;
  }

  /** Takes an event into the next write. `parts` gets this start's epoch and the next sequence. */
  appendEvent(parts: EventParts, written: Written): void {
    if (this.refusal) return written(this.refusal);
    // The first length is a bound that costs nothing; hardly an event ever needs the second.
    if (eventBytes(parts) > FRAME_BYTES + MAX_BODY_BYTES) {
      const bytes = eventBodyBytes(parts);
      if (bytes > MAX_BODY_BYTES) return this.#refuseLarge(bytes, written);
    }
    parts.epoch = this.epoch;
    parts.sequence = ++this.#sequence;
    this.eventsWritten += 1;
    this.#writer.addEvent(parts, written);
  }

  /** Takes a whole frame into the next write. */
  appendFrame(frame: Buffer, written: Written): void {
    const bytes = frame.length - FRAME_BYTES;
    if (bytes > MAX_BODY_BYTES) return this.#refuseLarge(bytes, written);
    this.#writer.addFrame(frame, written);
  }

  /** Writes what is waiting and closes the file. Shipped or not, the records stay on disk. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Resolves when everything that was appended so far is written or refused. */
  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  #refuseLarge(bytes: number, written: Written): void {
    this.tooLarge += 1;
    const error = new RecordTooLargeError(bytes, MAX_BODY_BYTES);
    this.#options.onTooLarge?.(error);
    written(error);
  }
}
