import { open } from 'node:fs/promises';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { UsageBatch } from '@api-factory/core';
import { SpoolDamageError, SpoolGapError } from './errors.ts';
import { decodeFrame, FRAME_BYTES, frameLength } from './record.ts';
import { HEADER_BYTES, listSegments } from './segments.ts';

/** Maximum size of a batch, which is one transaction in the database. */
export const BATCH_BYTES = 4 * 1024 * 1024;
/** Yields to other work after this many records. */
const RECORDS_AT_A_TIME = 500;

/**
 * Reads records from logical offset `from` up to `end`: at most one batch, within one segment.
 * @returns null when there are none
 * @throws SpoolDamageError for an invalid record; SpoolGapError when the spool starts after `from`
 */
export async function readBatch(dir: string, from: number, end: number): Promise<UsageBatch | null> {
  if (from >= end) return null;
  const segments = await listSegments(dir);
  const [first] = segments;
  if (first && first.base > from) throw new SpoolGapError(first.path, from, first.base);
  const segment = segments.find((candidate) => candidate.base <= from && from < candidate.end);
  if (!segment) throw new SpoolDamageError(dir, from, 'no segment contains this offset');
  const at = HEADER_BYTES + from - segment.base;
  const bytes = await readBytes(segment.path, at, Math.min(BATCH_BYTES, Math.min(end, segment.end) - from));
  const batch: UsageBatch = { from, to: from, events: [], streamEnds: [], refusals: [] };
  let records = 0;
  for (let offset = 0; offset + FRAME_BYTES <= bytes.length; ) {
    if (++records % RECORDS_AT_A_TIME === 0) await otherWork();
    const length = frameLength(bytes, offset);
    if (length === 0) {
      const whole = FRAME_BYTES + bytes.readUInt32LE(offset);
      if (offset > 0 && offset + whole > bytes.length) break;
      throw new SpoolDamageError(segment.path, at + offset, 'a record has a wrong checksum');
    }
    addRecord(batch, bytes, offset);
    offset += length;
    batch.to = from + offset;
  }
  return batch;
}

function addRecord(batch: UsageBatch, bytes: Buffer, offset: number): void {
  const record = decodeFrame(bytes, offset);
  if (record.type === 'event') batch.events.push(record.event);
  else if (record.type === 'streamEnd') batch.streamEnds.push(record.end);
  else if (record.type === 'refusals') batch.refusals.push(record.refusals);
}

async function readBytes(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(buffer, done, length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  } finally {
    await file.close();
  }
}
