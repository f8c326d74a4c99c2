import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolView } from './progress.ts';
import { frameLength } from './record.ts';

/**
 * A spool is a folder of segments. A segment is named by the logical offset of its first record and begins with a
 * header of fixed length that says whose it is; behind it lie frames. Logical offsets don't count headers.
 */
export const HEADER_BYTES = 256;
const MAGIC = 'AFSPOOL1 ';
const NAME = /^(\d{20})\.spool$/;

/** Whose events these are: spools of two installations are never mixed up. */
export interface SpoolOwner {
  installationId: string;
  gatewayId: string;
}

export interface Segment {
  path: string;
  /** Logical offset of the first record. */
  base: number;
  /** Logical offset behind the last byte. */
  end: number;
  modifiedMs: number;
}

/** The spool can't be used as it lies there. The message names the file and the way to mend it. */
export class SpoolDamageError extends Error {
  override name = 'SpoolDamageError';
  readonly file: string;
  /** Byte offset in the file. */
  readonly offset: number;
  constructor(file: string, offset: number, reason: string) {
    super(
      `the spool is damaged: ${file} at byte ${offset}: ${reason}. Nothing was changed. Keep a copy of the file; ` +
        `\`truncate -s ${offset} ${file}\` (and moving later segments away) gives up what lies behind it`,
    );
    this.file = file;
    this.offset = offset;
  }
}

/** The database stands before the spool's first record: what lies between is in neither. */
export class SpoolGapError extends Error {
  override name = 'SpoolGapError';
  constructor(file: string, cursor: number, base: number) {
    super(
      `the database is older than the spool: it has the usage up to byte ${cursor}, and the spool begins at byte ${base} (${file}). Nothing was changed. ` +
        'Restore a newer back-up of the database, or bring back the missing files of the spool. To give up the usage in between, move ' +
        '`spool/` and `gateway.json` out of the data directory',
    );
  }
}

/** The spool was written by another gateway than the one that this data directory and database are. */
export class SpoolOwnerError extends Error {
  override name = 'SpoolOwnerError';
  constructor(file: string, found: SpoolOwner, owner: SpoolOwner) {
    super(
      `the spool is another one’s: ${file} belongs to gateway ${found.gatewayId} of installation ${found.installationId}; ` +
        `gateway.json names gateway ${owner.gatewayId} of installation ${owner.installationId}. Nothing was changed. ` +
        '`spool/` and `gateway.json` belong together: bring back the one that was replaced, or move both out of the data directory',
    );
  }
}

/** Lists the segments in order. A file too short for its header was cut off while it was made and holds nothing. */
export async function listSegments(dir: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const base = NAME.exec(name)?.[1];
    if (base === undefined) continue;
    const path = join(dir, name);
    const { size, mtimeMs } = statSync(path);
    if (size >= HEADER_BYTES) segments.push({ path, base: Number(base), end: Number(base) + size - HEADER_BYTES, modifiedMs: mtimeMs });
  }
  return segments;
}

/** Deletes segments that the database has whole and that nobody wrote to since `olderThanMs` (epoch ms). */
export async function removeShipped({ dir, openBase }: SpoolView, cursor: number, olderThanMs: number): Promise<void> {
  for (const segment of await listSegments(dir)) {
    if (segment.end <= cursor && segment.base < openBase && segment.modifiedMs < olderThanMs) await rm(segment.path);
  }
}

/** Makes a segment for the records from `base` on; an unfinished one of the same name is replaced. Returns its descriptor. */
export function createSegment(dir: string, base: number, owner: SpoolOwner): { fd: number; path: string } {
  const path = join(dir, `${String(base).padStart(20, '0')}.spool`);
  const fd = openSync(path, 'w+', 0o600);
  try {
    const header = Buffer.alloc(HEADER_BYTES, ' ');
    header.write(`${MAGIC}${JSON.stringify({ ...owner, base })}`);
    header.write('\n', HEADER_BYTES - 1);
    if (writeSync(fd, header, 0, HEADER_BYTES, 0) !== HEADER_BYTES) throw new Error('short write of a segment header');
    fdatasyncSync(fd);
    syncDirectory(dir);
    return { fd, path };
  } catch (error) {
    ftruncateSync(fd, 0);
    closeSync(fd);
    throw error;
  }
}

/** A new file is safe only when its name is, too. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/**
 * Whose spool lies there; null where there is none.
 * @param expected whose it must be, where that is known
 * @throws SpoolDamageError when a header can't be read; SpoolOwnerError when segments name somebody else
 */
export async function spoolOwner(dir: string, expected: SpoolOwner | null): Promise<SpoolOwner | null> {
  if (!existsSync(dir)) return null;
  let owner = expected;
  for (const { path } of await listSegments(dir)) {
    const found = readOwner(path);
    owner ??= found;
    if (found.installationId !== owner.installationId || found.gatewayId !== owner.gatewayId) throw new SpoolOwnerError(path, found, owner);
  }
  return owner;
}

function readOwner(path: string): SpoolOwner {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(path, 'r');
  readSync(fd, header, 0, HEADER_BYTES, 0);
  closeSync(fd);
  const found = parseHeader(header.toString('utf8'));
  if (!found) throw new SpoolDamageError(path, 0, 'the header is not readable');
  return { gatewayId: found.gatewayId, installationId: found.installationId };
}

function parseHeader(text: string): SpoolOwner | null {
  if (!text.startsWith(MAGIC)) return null;
  try {
    return JSON.parse(text.slice(MAGIC.length)) as SpoolOwner;
  } catch {
    return null;
  }
}

/**
 * Walks the frames of a segment from logical offset `from` on.
 * @returns the logical offset up to which every frame is sound; less than `segment.end` when the tail is torn
 * @throws SpoolDamageError when a sound frame lies behind an unsound one: that is damage, not a torn tail
 */
export function soundEnd(segment: Segment, from: number): number {
  const bytes = readFileSync(segment.path);
  let at = HEADER_BYTES + Math.max(0, from - segment.base);
  while (at < bytes.length) {
    const length = frameLength(bytes, at);
    if (length === 0) break;
    at += length;
  }
  for (let later = at + 1; later < bytes.length; later++) {
    if (frameLength(bytes, later) > 0)
      throw new SpoolDamageError(segment.path, at, 'a record has a wrong checksum, and sound records follow it');
  }
  return segment.base + at - HEADER_BYTES;
}

/** What `doctor` says about a spool; reads only. */
export interface SpoolReport {
  segments: number;
  bytes: number;
  damage: { file: string; offset: number; reason: string } | null;
}

/** Looks at every record of every segment without changing anything. A torn tail is not damage: the next start cuts it. */
export async function inspectSpool(dir: string): Promise<SpoolReport> {
  const segments = await listSegments(dir);
  const report: SpoolReport = { segments: segments.length, bytes: segments.reduce((sum, s) => sum + s.end - s.base, 0), damage: null };
  for (const segment of segments) {
    try {
      soundEnd(segment, segment.base);
    } catch (error) {
      if (!(error instanceof SpoolDamageError)) throw error;
      report.damage = { file: error.file, offset: error.offset, reason: error.message };
      break;
    }
  }
  return report;
}
