import { existsSync, readFileSync } from 'node:fs';
import { decodeFrame, frameLength } from './record.ts';
import { HEADER_BYTES, listSegments } from './segments.ts';

/**
 * The highest epoch among the sound records from logical offset `from` on; 0 where there are none. A start whose own epoch is not above it
 * has a database that is older than the spool: a back-up was restored.
 */
export async function newestEpoch(dir: string, from: number): Promise<number> {
  if (!existsSync(dir)) return 0;
  let newest = 0;
  for (const { path, base, end } of await listSegments(dir)) {
    if (end <= from) continue;
    const bytes = readFileSync(path);
    let at = HEADER_BYTES + Math.max(0, from - base);
    for (let length = frameLength(bytes, at); length > 0; length = frameLength(bytes, at)) {
      newest = Math.max(newest, epochAt(bytes, at));
      at += length;
    }
  }
  return newest;
}

function epochAt(bytes: Buffer, at: number): number {
  const record = decodeFrame(bytes, at);
  if (record.type === 'event') return record.event.epoch;
  return record.type === 'streamEnd' ? record.end.epoch : 0;
}
