import { readdir, statfs } from 'node:fs/promises';
import type { Progress } from './progress.ts';
import { HEADER_BYTES, segmentBase } from './segments.ts';

const MB = 1_000_000;
const GB = 1_000 * MB;
/** Free space is looked up this often: at 10 MB of usage a second, 20 MB of the reserve pass in between. */
const LOOK_EVERY_MS = 2_000;

/** What the operator says of the disk; null: derived from the disk. */
export interface DiskSettings {
  /** `SPOOL_KEEP_GB` */
  keepGb: number | null;
  /** `SPOOL_RESERVE_MB` */
  reserveMb: number | null;
}

export interface Volume {
  /** Bytes that may still be written. */
  freeBytes: number;
  /** Size of the volume. */
  bytes: number;
}

/** How large a spool may become before shipped files are deleted early: by default a tenth of the space that it and others may use, from 0.25 to 64 GB. */
export function keepBytesOf({ keepGb }: DiskSettings, { freeBytes }: Volume, spoolBytes: number): number {
  if (keepGb !== null) return keepGb * GB;
  return Math.min(64 * GB, Math.max(GB / 4, Math.floor((freeBytes + spoolBytes) / 10)));
}

/** Free space below which no usage is taken: by default 512 MB, or 5 % of a volume that is smaller than ten times that. */
export function reserveBytesOf({ reserveMb }: DiskSettings, { bytes }: Volume): number {
  if (reserveMb !== null) return reserveMb * MB;
  return Math.min(512 * MB, Math.floor(bytes / 20));
}

/** Whether usage is refused. Once it is, a tenth more than the reserve must be free before it is taken again, so that the edge does not flutter. */
export const isLow = (freeBytes: number, reserveBytes: number, wasLow: boolean): boolean =>
  freeBytes < (wasLow ? reserveBytes * 1.1 : reserveBytes);

/** Shipped files go when the disk gets short, before calls do: twice the reserve stays free as long as there are such files. */
export const keepWithin = (keepBytes: number, { freeBytes, spoolBytes, reserveBytes }: DiskState): number =>
  Math.max(0, Math.min(keepBytes, spoolBytes + freeBytes - 2 * reserveBytes));

interface DiskState {
  freeBytes: number;
  /** Bytes of the spool's files, shipped ones included. */
  spoolBytes: number;
  reserveBytes: number;
}

/** So little is free on the disk that usage is refused. */
export class DiskReserveError extends Error {
  override name = 'DiskReserveError';
  constructor(freeBytes: number, reserveBytes: number) {
    super(
      `${Math.floor(freeBytes / MB)} MB are free on the disk, and the reserve is ${Math.ceil(reserveBytes / MB)} MB (SPOOL_RESERVE_MB)`,
    );
  }
}

/** The free space of the volume that holds `path`. A file system that tells no size counts as endless. */
export async function readVolume(path: string): Promise<Volume> {
  const { bavail, bsize, blocks } = await statfs(path);
  if (blocks === 0) return { freeBytes: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
  return { freeBytes: bavail * bsize, bytes: blocks * bsize };
}

export interface DiskWatchOptions {
  spool: { dir: string; end: number; refusal: Error | null };
  progress: Progress;
  settings: DiskSettings;
  /** Called when usage begins to be refused for lack of space, and with null when that ends. */
  onChange: (refusal: DiskReserveError | null) => void;
  readVolume?: (path: string) => Promise<Volume>;
}

/** Watches the disk of the spool: refuses usage below the reserve, and says how much of what is shipped may be kept. */
export class DiskWatch {
  state: DiskState & { keepBytes: number } = { freeBytes: 0, spoolBytes: 0, reserveBytes: 0, keepBytes: 0 };
  readonly #options: DiskWatchOptions;
  /** Fixed at the first look. */
  #keepBytes: number | null = null;
  #looking = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Looks now and from then on. @returns a function that ends it */
  async follow(): Promise<() => void> {
    await this.look();
    const timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** One look at the disk. When the disk can't be asked, what was known stays; a disk that hangs is asked once. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { spool, settings } = this.#options;
      const volume = await (this.#options.readVolume ?? readVolume)(spool.dir);
      const spoolBytes = await sizeOnDisk(spool);
      this.#keepBytes ??= keepBytesOf(settings, volume, spoolBytes);
      this.#apply({ freeBytes: volume.freeBytes, spoolBytes, reserveBytes: reserveBytesOf(settings, volume) }, this.#keepBytes);
    } catch {
      // A disk in trouble shows in the writes of the spool.
    } finally {
      this.#looking = false;
    }
  }

  #apply(state: DiskState, keepBytes: number): void {
    const { spool, progress, onChange } = this.#options;
    this.state = { ...state, keepBytes };
    progress.keepBytes = keepWithin(keepBytes, state);
    const low = isLow(state.freeBytes, state.reserveBytes, spool.refusal !== null);
    if (low === (spool.refusal !== null)) return;
    const refusal = low ? new DiskReserveError(state.freeBytes, state.reserveBytes) : null;
    spool.refusal = refusal;
    onChange(refusal);
  }
}

/** Names tell it: segments continue each other from the first one on. */
async function sizeOnDisk({ dir, end }: { dir: string; end: number }): Promise<number> {
  const bases = (await readdir(dir)).map(segmentBase).filter((base) => base !== null);
  return bases.length === 0 ? 0 : end - Math.min(...bases) + bases.length * HEADER_BYTES;
}
