import { readdir, statfs } from 'node:fs/promises';
import type { Progress } from './progress.ts';
import { HEADER_BYTES, segmentBase } from './segments.ts';

const MB = 1_000_000;
const GB = 1_000 * MB;
/**
 * How often free space is checked. At 10 MB of usage a second, 20 MB of the reserve are used in
 * between.
 */
const CHECK_EVERY_MS = 2_000;

/** The operator's settings; null: derived from the disk. */
export interface DiskSettings {
  /** `SPOOL_KEEP_GB` */
  keepGb: number | null;
  /** `SPOOL_RESERVE_MB` */
  reserveMb: number | null;
}

export interface Volume {
  /** Available bytes. */
  freeBytes: number;
  /** Size of the volume. */
  bytes: number;
}

/**
 * Size of the spool above which shipped files are deleted early: by default a tenth of the volume,
 * from 0.25 to 64 GB.
 */
export function keepBytesOf({ keepGb }: DiskSettings, { freeBytes }: Volume, spoolBytes: number): number {
  if (keepGb !== null) return keepGb * GB;
  return Math.min(64 * GB, Math.max(GB / 4, Math.floor((freeBytes + spoolBytes) / 10)));
}

/**
 * Free space below which usage is refused: by default 512 MB, or 5 % of a volume smaller than ten
 * times that.
 */
export function reserveBytesOf({ reserveMb }: DiskSettings, { bytes }: Volume): number {
  if (reserveMb !== null) return reserveMb * MB;
  return Math.min(512 * MB, Math.floor(bytes / 20));
}

/**
 * Whether usage is refused. Has hysteresis: usage is accepted again once 1.1 times the reserve is
 * free.
 */
export const isLow = (freeBytes: number, reserveBytes: number, wasLow: boolean): boolean =>
  freeBytes < (wasLow ? reserveBytes * 1.1 : reserveBytes);

/**
 * The limit for shipped files, lowered to keep twice the reserve free: they are deleted before
 * calls are refused.
 */
export const keepWithin = (keepBytes: number, { freeBytes, spoolBytes, reserveBytes }: DiskState): number =>
  Math.max(0, Math.min(keepBytes, spoolBytes + freeBytes - 2 * reserveBytes));

interface DiskState {
  freeBytes: number;
  /** Bytes of the spool's files, shipped ones included. */
  spoolBytes: number;
  reserveBytes: number;
}

/** Usage is refused because the disk has less free space than the reserve. */
export class DiskReserveError extends Error {
  override name = 'DiskReserveError';
  constructor(freeBytes: number, reserveBytes: number) {
    super(`the disk has ${Math.floor(freeBytes / MB)} MB free, below the reserve of ${Math.ceil(reserveBytes / MB)} MB (SPOOL_RESERVE_MB)`);
  }
}

/** The free space of the volume of `path`. A file system without a size counts as unlimited. */
export async function readVolume(path: string): Promise<Volume> {
  const { bavail, bsize, blocks } = await statfs(path);
  if (blocks === 0) return { freeBytes: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
  return { freeBytes: bavail * bsize, bytes: blocks * bsize };
}

export interface DiskWatchOptions {
  spool: { dir: string; end: number; refusal: Error | null };
  progress: Progress;
  settings: DiskSettings;
  /** Called with the reason when usage is refused, and with null when that ends. */
  onChange: (refusal: DiskReserveError | null) => void;
  readVolume?: (path: string) => Promise<Volume>;
}

/**
 * Watches the disk of the spool: refuses usage below the reserve and limits how much shipped usage
 * is kept.
 */
export class DiskWatch {
  state: DiskState & { keepBytes: number } = { freeBytes: 0, spoolBytes: 0, reserveBytes: 0, keepBytes: 0 };
  readonly #options: DiskWatchOptions;
  /** The limit, set at the first check. */
  #keepBytes: number | null = null;
  #checking = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Checks now and periodically. @returns a function that stops it */
  async follow(): Promise<() => void> {
    await this.check();
    const timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /**
   * Checks the disk. Keeps the last state on an error. Does nothing while a check is running, so
   * that a disk that hangs gets one request.
   */
  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const { spool, settings } = this.#options;
      const volume = await (this.#options.readVolume ?? readVolume)(spool.dir);
      const spoolBytes = await sizeOnDisk(spool);
      this.#keepBytes ??= keepBytesOf(settings, volume, spoolBytes);
      this.#apply({ freeBytes: volume.freeBytes, spoolBytes, reserveBytes: reserveBytesOf(settings, volume) }, this.#keepBytes);
    } catch {
      // Disk errors show in the writes of the spool.
    } finally {
      this.#checking = false;
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

/** Computed from the names: segments are contiguous from the first one on. */
async function sizeOnDisk({ dir, end }: { dir: string; end: number }): Promise<number> {
  const bases = (await readdir(dir)).map(segmentBase).filter((base) => base !== null);
  return bases.length === 0 ? 0 : end - Math.min(...bases) + bases.length * HEADER_BYTES;
}
