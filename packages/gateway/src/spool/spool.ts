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
  /** Logical offset; everything before it is in the database. */
  cursor: number;
  /** The host was rebooted since the spool was last written: its end may have holes. */
  rebooted: boolean;
  /** Updated with how far the spool is written. */
  progress?: Progress;
  /** Maximum time until a write is synced, ms; 0: synced before its responses are sent. */
  fsyncMs: number;
  /** Size at which a segment is closed. */
  segmentBytes?: number;
  /** Maximum size of one write. */
  largestWriteBytes?: number;
  /** Called when writing or syncing starts to fail, and when creating a segment fails. */
  onFault?: (error: Error) => void;
  /** Called for each oversized record. */
  onTooLarge?: (error: RecordTooLargeError) => void;
  /** Retry interval after an error, ms. */
  probeMs?: number;
  openFile?: OpenFile;
}

/**
 * The gateway's append-only log of usage events that are not in the database yet. Records of the
 * same turn of the event loop share one write. Each caller's callback runs after its record is
 * written, or synced.
 */
export class Spool implements SpoolView {
  readonly dir: string;
  readonly epoch: number;
  /** What was cut from the end when the spool was opened. */
  readonly cut: Cut | null;
  /** Events accepted since the start. */
  eventsWritten = 0;
  /** Oversized records refused since the start. */
  tooLarge = 0;
  /**
   * While set, events are refused with this error without trying to write. Whoever set it clears
   * it.
   */
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
   * Opens the directory, cuts what a crash left unfinished, and continues after the last valid
   * record.
   * @throws SpoolDamageError for damage or a missing segment; SpoolOwnerError for the spool of
   * another gateway; SpoolGapError if it starts after `cursor`
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

  /** Logical offset after the last record whose callback has run. */
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

  /**
   * Why events are refused: the last write or sync failed, or `refusal` is set. Null: they are
   * accepted.
   */
  get fault(): Error | null {
    return this.#writer.fault ?? this.refusal;
  }

  /** Adds an event to the next write. Sets the epoch and the next sequence in `parts`. */
  appendEvent(parts: EventParts, written: Written): void {
    if (this.refusal) return written(this.refusal);
    // First a cheap upper bound; hardly any event needs the exact length.
    if (eventBytes(parts) > FRAME_BYTES + MAX_BODY_BYTES) {
      const bytes = eventBodyBytes(parts);
      if (bytes > MAX_BODY_BYTES) return this.#refuseLarge(bytes, written);
    }
    parts.epoch = this.epoch;
    parts.sequence = ++this.#sequence;
    this.eventsWritten += 1;
    this.#writer.addEvent(parts, written);
  }

  /** Adds a complete frame to the next write. */
  appendFrame(frame: Buffer, written: Written): void {
    const bytes = frame.length - FRAME_BYTES;
    if (bytes > MAX_BODY_BYTES) return this.#refuseLarge(bytes, written);
    this.#writer.addFrame(frame, written);
  }

  /** Writes pending records and closes the file. The records stay on disk, shipped or not. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Resolves when everything appended so far is written or refused. */
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
