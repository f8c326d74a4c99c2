import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** What the spool does with a file. A seam: tests put a file in its place that fails, or loses what was not synced. */
export interface SpoolFile {
  /** Writes all of `bytes` at byte `at` of the file. @throws when not all of it could be written; any part may be there then */
  write(bytes: Uint8Array, at: number): void;
  /** Forces everything that is written by now to the disk, and calls back. */
  sync(done: (error: Error | null) => void): void;
  /** Makes the file `size` bytes long. */
  cut(size: number): void;
  close(): void;
}

/** `w+` makes an empty file, whatever was there; `r+` opens the one that is there. */
export type OpenFile = (path: string, flags: 'r+' | 'w+') => SpoolFile;

export const openFile: OpenFile = (path, flags) => {
  const fd = openSync(path, flags, 0o600);
  return {
    write: (bytes, at) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    },
    sync: (done) => fdatasync(fd, done),
    cut: (size) => ftruncateSync(fd, size),
    close: () => closeSync(fd),
  };
};

/** `sync` as a promise. */
export const synced = (file: SpoolFile): Promise<void> =>
  new Promise((resolve, reject) => file.sync((error) => (error ? reject(error) : resolve())));
