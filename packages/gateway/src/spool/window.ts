import { type EventParts, eventBytes, SYNC_MARK_BYTES, writeEvent, writeSyncMark } from './record.ts';

const FIRST_BYTES = 256 * 1024;
const LARGEST_KEPT_BYTES = 16 * 1024 * 1024;

/**
 * The end of the spool in memory: what is not synced yet, and behind it what is not written yet. After a failed sync the
 * kernel may drop the pages that it could not write, and read older ones from the disk instead; so what a sync has not
 * confirmed is kept here and can be written again. Offsets are logical bytes of the spool.
 */
export class Window {
  /** Everything before is synced. */
  synced: number;
  /** Everything before is written. */
  written: number;
  #end: number;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);

  constructor(end: number) {
    this.synced = end;
    this.written = end;
    this.#end = end;
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.#end - this.written;
  }

  /** Bytes that are written and not synced. */
  get unsynced(): number {
    return this.written - this.synced;
  }

  addEvent(parts: EventParts): void {
    const at = this.#reserve(eventBytes(parts));
    this.#end = this.synced + writeEvent(this.#buffer, at, parts);
  }

  addFrame(frame: Uint8Array): void {
    this.#buffer.set(frame, this.#reserve(frame.length));
    this.#end += frame.length;
  }

  /** Begins a write, if none is under way: its first record says how far the spool is synced. */
  begin(): void {
    if (this.waiting > 0) return;
    this.#resize(SYNC_MARK_BYTES);
    this.#end += SYNC_MARK_BYTES;
  }

  /** What is to be written at `written`. Its sync mark is filled in. Valid until something is added. */
  toWrite(): Uint8Array {
    if (this.waiting > 0) writeSyncMark(this.#buffer, this.written - this.synced, this.synced);
    return this.#slice(this.written, this.#end);
  }

  /** What is written at `synced` and could be lost. Valid until something is added. */
  toWriteAgain(): Uint8Array {
    return this.#slice(this.synced, this.written);
  }

  /** All that waited is written. */
  wrote(): void {
    this.written = this.#end;
  }

  /** Forgets what waits to be written. */
  drop(): void {
    this.#end = this.written;
  }

  /** Forgets what was written from `offset` on. What waits moves up to there. */
  takeBack(offset: number): void {
    this.#buffer.copyWithin(offset - this.synced, this.written - this.synced, this.#end - this.synced);
    this.#end -= this.written - offset;
    this.written = offset;
  }

  /** A sync has confirmed everything before `offset`. */
  confirm(offset: number): void {
    this.#buffer.copyWithin(0, offset - this.synced, this.#end - this.synced);
    this.synced = offset;
    if (this.#buffer.length > LARGEST_KEPT_BYTES) this.#resize(0);
  }

  /** Makes room for a record, behind a sync mark if it is the first of a write. @returns where in the buffer it goes */
  #reserve(bytes: number): number {
    this.begin();
    this.#resize(bytes);
    return this.#end - this.synced;
  }

  /** Grows the buffer for `bytes` more. One that a slow disk has made very large is given up as soon as a smaller one will do. */
  #resize(bytes: number): void {
    const used = this.#end - this.synced;
    const enough = used + bytes <= this.#buffer.length;
    const excessive = this.#buffer.length > LARGEST_KEPT_BYTES && (used + bytes) * 4 < this.#buffer.length;
    if (enough && !excessive) return;
    const other = Buffer.allocUnsafe(Math.max(FIRST_BYTES, (used + bytes) * 2));
    this.#buffer.copy(other, 0, 0, used);
    this.#buffer = other;
  }

  #slice(from: number, to: number): Uint8Array {
    return this.#buffer.subarray(from - this.synced, to - this.synced);
  }
}
