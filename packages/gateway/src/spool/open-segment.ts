import type { SpoolFile } from './file.ts';
import { HEADER_BYTES } from './segments.ts';

/** The segment that is being written. Offsets are logical. */
export class OpenSegment {
  /** Offset of its first record. */
  readonly base: number;
  readonly file: SpoolFile;
  /** Set if the file may be too long: it is cut here before the next write. */
  #mustEndAt: number | null = null;

  constructor(base: number, file: SpoolFile) {
    this.base = base;
    this.file = file;
  }

  /** @throws if the write failed; `endAt` then removes what was written */
  write(bytes: Uint8Array, offset: number): void {
    if (this.#mustEndAt !== null) this.#cut(this.#mustEndAt);
    this.file.write(bytes, this.#placeOf(offset));
  }

  /** Cuts everything after `offset`: now, or before the next write. */
  endAt(offset: number): void {
    this.#mustEndAt = offset;
    try {
      this.#cut(offset);
    } catch {
      // Retried before the next write, which fails if this does.
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
