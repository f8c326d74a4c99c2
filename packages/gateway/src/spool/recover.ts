import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { SpoolDamageError, SpoolGapError } from './errors.ts';
import { type OpenFile, synced } from './file.ts';
import { FRAME_BYTES, frameLength, MAX_BODY_BYTES, syncedToOf } from './record.ts';
import { HEADER_BYTES, listSegments, parseHeader, readHeader, type Segment } from './segments.ts';

/** What was cut from the end of a spool. */
export interface Cut {
  file: string;
  /** Byte offset in the file; everything after it is gone. */
  offset: number;
  /** Number of bytes after it, later files included. */
  bytes: number;
  /** Valid records among them. Records in the hole itself can't be counted. */
  records: number;
  /** Whether they may include answered calls; false for an unfinished write. */
  answered: boolean;
}

/** A place where a valid record is expected but not found. */
export interface Hole {
  segment: Segment;
  /** Logical offset. */
  at: number;
  reason: string;
  /** The segment ends within the record, as after an unfinished write, and nothing follows. */
  unfinished: boolean;
  /** Valid records after it. */
  records: number;
  /** The highest synced offset in their sync marks. */
  syncedTo: number;
  /** The segment was written by a version without sync marks. */
  unmarked: boolean;
}

/**
 * Whether a crash explains a hole, so that everything from it on may be cut.
 *
 * - A crash always explains an unfinished write at the end: its records were never acknowledged.
 * - Otherwise only a crash of the host leaves holes, and only in unsynced bytes. If a sync mark
 *   after the hole shows that the spool was synced past it, its bytes were on the disk: damage.
 */
export function isCrash(hole: Hole, rebooted: boolean): boolean {
  if (hole.unfinished) return true;
  if (hole.unmarked) return hole.records === 0;
  return rebooted && hole.syncedTo <= hole.at;
}

/** Where to continue. `last` is the segment to continue in, if any. */
export interface Recovered {
  last: Segment | null;
  end: number;
  cut: Cut | null;
}

/**
 * Checks the unshipped records, cuts from a hole on if a crash explains it, and syncs the rest, so
 * that later sync marks are true.
 * @throws SpoolDamageError for a hole that no crash explains; SpoolGapError if the spool starts
 * after `cursor`. Then nothing was changed
 */
export async function recover(options: { dir: string; cursor: number; rebooted: boolean; openFile: OpenFile }): Promise<Recovered> {
  const { dir, cursor, rebooted, openFile } = options;
  const segments = await listSegments(dir);
  const unshipped = segments.filter((segment) => segment.end > cursor);
  const first = unshipped[0];
  if (first && first.base > cursor) throw new SpoolGapError(first.path, cursor, first.base);
  const hole = first ? findHole(unshipped, cursor) : null;
  if (hole && !isCrash(hole, rebooted)) throw new SpoolDamageError(hole.segment.path, byteOf(hole), hole.reason);
  const cut = hole ? await cutAt(hole, unshipped, openFile) : null;
  const kept = hole ? segments.filter(({ base }) => base <= hole.segment.base) : segments;
  const last = kept.at(-1) ?? null;
  for (const segment of kept) if (segment === last || segment.end > cursor) await syncFile(openFile, segment.path);
  const end = hole?.at ?? last?.end ?? 0;
  // After a crash of the host the database may be ahead of the disk: continue at its cursor.
  if (last === null || end < cursor || readHeader(last.path)?.format === undefined) return { last: null, end: Math.max(end, cursor), cut };
  return { last, end, cut };
}

/** The first hole after logical offset `from`; null when the segments are valid to their end. */
export function findHole(segments: readonly Segment[], from: number): Hole | null {
  for (const [index, segment] of segments.entries()) {
    const bytes = readFileSync(segment.path);
    const at = validUpTo(bytes, HEADER_BYTES + Math.max(0, from - segment.base));
    const end = segment.base + at - HEADER_BYTES;
    const next = segments[index + 1];
    if (at === bytes.length && (next === undefined || next.base === end)) continue;
    const remainder = scanFrom(bytes, at + 1);
    for (const later of segments.slice(index + 1)) add(remainder, scanFrom(readFileSync(later.path), HEADER_BYTES));
    // A crash never leaves two records at one offset.
    if (next && next.base < end) remainder.syncedTo = Number.POSITIVE_INFINITY;
    const unfinished = remainder.records === 0 && next === undefined && isUnfinished(bytes, at);
    return {
      segment,
      at: end,
      reason: reasonOf(at < bytes.length, remainder, `${next?.base}, not at ${end}`),
      unfinished,
      unmarked: parseHeader(bytes)?.format === undefined,
      ...remainder,
    };
  }
  return null;
}

const reasonOf = (inside: boolean, { records }: Remainder, place: string): string => {
  if (!inside) return `the next file starts at ${place}`;
  return `a record has a wrong checksum${records > 0 ? ', and valid records follow it' : ''}`;
};

/** The offset after the last valid record in sequence. */
function validUpTo(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = frameLength(bytes, at); length > 0; length = frameLength(bytes, at)) at += length;
  return at;
}

/** Whether the file ends within the record at `at`. */
function isUnfinished(bytes: Buffer, at: number): boolean {
  if (at + FRAME_BYTES > bytes.length) return true;
  const length = bytes.readUInt32LE(at);
  return length <= MAX_BODY_BYTES && at + FRAME_BYTES + length > bytes.length;
}

interface Remainder {
  records: number;
  syncedTo: number;
}

/** Every valid record from byte `from` on, at any offset. */
function scanFrom(bytes: Buffer, from: number): Remainder {
  const remainder: Remainder = { records: 0, syncedTo: 0 };
  for (let at = from; at < bytes.length; ) {
    const length = frameLength(bytes, at);
    if (length > 0) add(remainder, { records: 1, syncedTo: syncedToOf(bytes, at) });
    at += length || 1;
  }
  return remainder;
}

function add(remainder: Remainder, more: Remainder): void {
  remainder.records += more.records;
  remainder.syncedTo = Math.max(remainder.syncedTo, more.syncedTo);
}

const byteOf = ({ segment, at }: Hole): number => HEADER_BYTES + at - segment.base;

/** Removes later files first: if interrupted, the next start finds the same hole. */
async function cutAt(hole: Hole, segments: readonly Segment[], openFile: OpenFile): Promise<Cut> {
  const later = segments.filter(({ base }) => base > hole.segment.base);
  for (const { path } of later.toReversed()) await rm(path);
  const file = openFile(hole.segment.path, 'r+');
  try {
    file.cut(byteOf(hole));
  } finally {
    file.close();
  }
  const bytes = hole.segment.end - hole.at + later.reduce((sum, { base, end }) => sum + end - base, 0);
  return { file: hole.segment.path, offset: byteOf(hole), bytes, records: hole.records, answered: !hole.unfinished };
}

async function syncFile(openFile: OpenFile, path: string): Promise<void> {
  const file = openFile(path, 'r+');
  try {
    await synced(file);
  } finally {
    file.close();
  }
}
