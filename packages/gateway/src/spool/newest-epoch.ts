import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { epochOf, frameLength } from './record.ts';
import { HEADER_BYTES, listSegments } from './segments.ts';

/**
 * The highest epoch of the valid records from logical offset `from` on; 0 without records. If the
 * epoch of a start is not above it, the database is older than the spool: a backup was restored.
 * Epochs only increase along a spool, so it is enough to read the last segment with an event.
 */
export async function newestEpoch(dir: string, from: number): Promise<number> {
  if (!existsSync(dir)) return 0;
  for (const { path, base, end } of (await listSegments(dir)).reverse()) {
    if (end <= from) break;
    const newest = lastEpoch(readFrom(path, HEADER_BYTES + Math.max(0, from - base)));
    if (newest > 0) return newest;
  }
  return 0;
}

function lastEpoch(bytes: Buffer): number {
  let newest = 0;
  let at = 0;
  for (let length = frameLength(bytes, at); length > 0; length = frameLength(bytes, at)) {
    newest = Math.max(newest, epochOf(bytes, at));
    at += length;
  }
  return newest;
}

function readFrom(path: string, at: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(fd).size - at));
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(fd, bytes, done, bytes.length - done, at + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(fd);
  }
}
