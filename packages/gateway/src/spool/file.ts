import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';

/**
 * File operations of the spool. Tests replace them to simulate errors and the loss of unsynced
 * data.
 */
export interface SpoolFile {
  /**
   * Writes all of `bytes` at offset `at`. @throws if that failed; any part of it may have been
   * written
   */
  write(bytes: Uint8Array, at: number): void;
  /** Syncs everything written so far to disk. */
  sync(done: (error: Error | null) => void): void;
  cut(size: number): void;
  close(): void;
}

/** `w+` creates or empties the file, `r+` opens an existing one. */
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
