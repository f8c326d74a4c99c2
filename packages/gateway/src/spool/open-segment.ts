import type { SpoolFile } from './file.ts';
import { HEADER_BYTES } from './segments.ts';

/** The segment that is written to, by logical offsets. */
export class OpenSegment {
  /** Of its first record. */
  readonly base: number;
  readonly file: SpoolFile;
  /** It may be longer than it should, and is cut to here before anything is written; null: it is not. */
  #mustEndAt: number | null = null;

  constructor(base: number, file: SpoolFile) {
    this.base = base;
    this.file = file;
  }

  /** @throws when not all of it could be written; then `endAt` takes the rest away */
  write(bytes: Uint8Array, offset: number): void {
    if (this.#mustEndAt !== null) this.#cut(this.#mustEndAt);
    this.file.write(bytes, this.#placeOf(offset));
  }

  /** Takes away what lies behind `offset`: now, or before anything else is written. */
  endAt(offset: number): void {
    this.#mustEndAt = offset;
    try {
      this.#cut(offset);
    } catch {
      // Tried again before the next write; until then nothing is accepted.
    }
  }

  #cut(offset: number): void {
    this.file.cut(this.#placeOf(offset));
    this.#mustEndAt = null;
  }

  #placeOf(offset: number): number {
    return HEADER_BYTES + offset - this.base;
  }
}
