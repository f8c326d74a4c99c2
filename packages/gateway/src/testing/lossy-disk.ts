import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type OpenFile, openFile } from '../spool/file.ts';

const PAGE_BYTES = 4096;

/** The state of a file on the disk, while its newest bytes are only in the page cache. */
interface Kept {
  /** The content after the last successful sync. */
  bytes: Buffer;
  /** Pages written since, by number. */
  dirty: Set<number>;
  /** Pages that the running sync is writing. */
  flushing: Set<number>;
}

/**
 * A disk with a page cache. The real files are what programs see; `Kept` is what a crash of the
 * host would leave. A failed sync drops the pages that it was to write, as on Linux: the next sync
 * succeeds without writing them.
 */
export class LossyDisk {
  /** Decides the outcome of each write and sync. Set by tests. */
  fate: { write: () => 'ok' | 'fails' | 'fails-midway'; sync: () => 'ok' | 'fails'; turns: () => number } = {
    write: () => 'ok',
    sync: () => 'ok',
    turns: () => 1,
  };
  /** Called when a sync starts. The returned function is called when that sync has succeeded. */
  onSync: (path: string) => () => void = () => () => {};
  /** A sync waits for it before it ends. */
  gate: Promise<void> = Promise.resolve();
  readonly #files = new Map<string, Kept>();

  readonly openFile: OpenFile = (path, flags) => {
    const real = openFile(path, flags);
    if (!this.#files.has(path)) this.#files.set(path, { bytes: readFileSync(path), dirty: new Set(), flushing: new Set() });
    const kept = this.#files.get(path) as Kept;
    return {
      write: (bytes, at) => {
        const fate = this.fate.write();
        const part = fate === 'ok' ? bytes : bytes.subarray(0, fate === 'fails' ? 0 : bytes.length >> 1);
        real.write(part, at);
        markDirty(kept, at, at + part.length);
        if (fate !== 'ok') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
      sync: (done) => void this.#sync(path, kept).then(() => done(null), done),
      cut: (size) => {
        markDirty(kept, size, readFileSync(path).length);
        real.cut(size);
      },
      close: () => real.close(),
    };
  };

  async #sync(path: string, kept: Kept): Promise<void> {
    const succeeded = this.onSync(path);
    const image = readFileSync(path);
    kept.flushing = kept.dirty;
    kept.dirty = new Set();
    await this.gate;
    for (let turn = this.fate.turns(); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
    const { flushing } = kept;
    kept.flushing = new Set();
    if (this.fate.sync() === 'ok') {
      kept.bytes = imageWith(kept.bytes, image, flushing, image.length);
      succeeded();
      return;
    }
    // Dropped pages are read from the disk again, except those written since the sync started.
    const dropped = new Set([...flushing].filter((page) => !kept.dirty.has(page)));
    const now = readFileSync(path);
    writeFileSync(path, imageWith(now, kept.bytes, dropped, now.length));
    throw Object.assign(new Error('i/o error'), { code: 'EIO' });
  }

  /**
   * Writes what a crash of the host would leave now to files in `target`. For every page that was
   * not synced, and for every file's length, `keeps` decides whether the newer state had reached
   * the disk.
   */
  crash(target: string, keeps: () => boolean): void {
    mkdirSync(target);
    for (const [path, { bytes, dirty, flushing }] of this.#files) {
      const now = readFileSync(path);
      const lucky = new Set([...dirty, ...flushing].filter(keeps));
      writeFileSync(join(target, basename(path)), imageWith(bytes, now, lucky, keeps() ? now.length : bytes.length));
    }
  }
}

function markDirty(kept: Kept, from: number, to: number): void {
  for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page++) kept.dirty.add(page);
}

/** `old` with `pages` replaced from `newer`, at a length of `size`. */
function imageWith(old: Buffer, newer: Buffer, pages: Set<number>, size: number): Buffer {
  const image = Buffer.alloc(size);
  old.copy(image, 0, 0, size);
  for (const page of pages) {
    const at = page * PAGE_BYTES;
    if (at >= size) continue;
    image.fill(0, at, Math.min(size, at + PAGE_BYTES));
    newer.copy(image, at, at, Math.min(size, at + PAGE_BYTES, newer.length));
  }
  return image;
}
