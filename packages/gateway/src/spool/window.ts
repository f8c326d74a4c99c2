import { type EventParts, eventBytes, SYNC_MARK_BYTES, writeEvent, writeSyncMark } from './record.ts';

const FIRST_BYTES = 256 * 1024;
const LARGEST_KEPT_BYTES = 16 * 1024 * 1024;

/**
 * The end of the spool in memory: unsynced bytes, followed by unwritten ones. After a failed sync
 * the kernel may drop the pages that it could not write and read older ones from the disk. So bytes
 * stay here, to be written again, until a sync confirms them. Offsets are logical bytes of the
 * spool.
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

  /** Unwritten bytes. */
  get waiting(): number {
    return this.#end - this.written;
  }

  /** Written, unsynced bytes. */
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

  /** Starts a write with a sync mark, unless one has been started. */
  begin(): void {
    if (this.waiting > 0) return;
    this.#resize(SYNC_MARK_BYTES);
    this.#end += SYNC_MARK_BYTES;
  }

  /** The bytes to write at `written`, with the sync mark filled in. Valid until more is added. */
  toWrite(): Uint8Array {
    if (this.waiting > 0) writeSyncMark(this.#buffer, this.written - this.synced, this.synced);
    return this.#slice(this.written, this.#end);
  }

  /** The unsynced bytes at `synced`. Valid until more is added. */
  toWriteAgain(): Uint8Array {
    return this.#slice(this.synced, this.written);
  }

  /** Marks all bytes as written. */
  wrote(): void {
    this.written = this.#end;
  }

  /** Drops unwritten bytes. */
  drop(): void {
    this.#end = this.written;
  }

  /** Drops the written bytes from `offset` on. Unwritten bytes move there. */
  takeBack(offset: number): void {
    this.#buffer.copyWithin(offset - this.synced, this.written - this.synced, this.#end - this.synced);
    this.#end -= this.written - offset;
    this.written = offset;
  }

  /** Marks everything before `offset` as synced. */
  confirm(offset: number): void {
    this.#buffer.copyWithin(0, offset - this.synced, this.#end - this.synced);
    this.synced = offset;
    if (this.#buffer.length > LARGEST_KEPT_BYTES) this.#resize(0);
  }

  /**
   * Reserves space for a record, after a sync mark if it is the first of a write. @returns the
   * record's offset in the buffer
   */
  #reserve(bytes: number): number {
    this.begin();
    this.#resize(bytes);
    return this.#end - this.synced;
  }

  /** Makes room for `bytes` more. Shrinks a buffer that grew large because of a slow disk. */
  #resize(bytes: number): void {
    const used = this.#end - this.synced;
    const enough = used + bytes <= this.#buffer.length;
    const excessive = this.#buffer.length > LARGEST_KEPT_BYTES && (used + bytes) * 4 < this.#buffer.length;
    if (enough && !excessive) return;
    const resized = Buffer.allocUnsafe(Math.max(FIRST_BYTES, (used + bytes) * 2));
    this.#buffer.copy(resized, 0, 0, used);
    this.#buffer = resized;
  }

  #slice(from: number, to: number): Uint8Array {
    return this.#buffer.subarray(from - this.synced, to - this.synced);
  }
}
