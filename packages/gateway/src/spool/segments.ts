import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolDamageError, SpoolOwnerError } from './errors.ts';
import { type OpenFile, type SpoolFile, synced } from './file.ts';
import { FORMAT_VERSION } from './record.ts';

/**
 * A spool is a directory of segments. A segment is named after the logical offset of its first
 * record. It has a header of fixed length that names the owner, then frames. Logical offsets don't
 * count headers.
 */
export const HEADER_BYTES = 256;
const MAGIC = 'AFSPOOL1 ';
const NAME = /^(\d{20})\.spool$/;

/** Distinguishes the spools of different gateways and installations. */
export interface SpoolOwner {
  installationId: string;
  gatewayId: string;
}

export interface Segment {
  path: string;
  /** Logical offset of the first record. */
  base: number;
  /** Logical offset after the last byte. */
  end: number;
  modifiedMs: number;
}

/** The logical offset in a file name; null if the file is not a segment. */
export function segmentBase(name: string): number | null {
  const base = NAME.exec(name)?.[1];
  return base === undefined ? null : Number(base);
}

/**
 * Lists the segments in order. Skips files shorter than a header: their creation was interrupted,
 * and they have no records.
 */
export async function listSegments(dir: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const base = segmentBase(name);
    if (base === null) continue;
    const path = join(dir, name);
    const { size, mtimeMs } = statSync(path);
    if (size >= HEADER_BYTES) segments.push({ path, base, end: base + size - HEADER_BYTES, modifiedMs: mtimeMs });
  }
  return segments;
}

/**
 * Creates the segment for the records from `base` on, replacing an unfinished one of the same name.
 * Syncs the file and its directory entry.
 */
export async function createSegment(
  openFile: OpenFile,
  { dir, base, owner }: { dir: string; base: number; owner: SpoolOwner },
): Promise<SpoolFile> {
  const file = openFile(join(dir, `${String(base).padStart(20, '0')}.spool`), 'w+');
  try {
    const header = Buffer.alloc(HEADER_BYTES, ' ');
    header.write(`${MAGIC}${JSON.stringify({ ...owner, base, format: FORMAT_VERSION } satisfies Header)}`);
    header.write('\n', HEADER_BYTES - 1);
    file.write(header, 0);
    await synced(file);
    await syncDirectory(dir);
    return file;
  } catch (error) {
    file.cut(0);
    file.close();
    throw error;
  }
}

/** A new file is durable only once its directory entry is. */
async function syncDirectory(dir: string): Promise<void> {
  const directory = await open(dir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * The owner of the spool in a directory; null without a spool.
 * @param expected the required owner, if known
 * @throws SpoolDamageError if a header can't be read; SpoolOwnerError for another owner
 */
export async function spoolOwner(dir: string, expected: SpoolOwner | null): Promise<SpoolOwner | null> {
  if (!existsSync(dir)) return null;
  let owner = expected;
  for (const { path, base, end } of await listSegments(dir)) {
    const header = readHeader(path);
    // Records are written after the header is synced. Without a header and records, a crash
    // interrupted the creation of the file.
    if (!header && end === base) continue;
    if (!header) throw new SpoolDamageError(path, 0, 'the header is not readable');
    const found = { gatewayId: header.gatewayId, installationId: header.installationId };
    owner ??= found;
    if (found.installationId !== owner.installationId || found.gatewayId !== owner.gatewayId) throw new SpoolOwnerError(path, found, owner);
  }
  return owner;
}

interface Header extends SpoolOwner {
  base: number;
  /** The newest format of its records. Absent: written by a version without sync marks. */
  format?: number;
}

/** The header of a file; null if it has none. */
export function readHeader(path: string): Header | null {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(path, 'r');
  readSync(fd, header, 0, HEADER_BYTES, 0);
  closeSync(fd);
  return parseHeader(header);
}

/** Parses the header at the start of `bytes`; null if there is none. */
export function parseHeader(bytes: Buffer): Header | null {
  const text = bytes.toString('utf8', 0, HEADER_BYTES);
  if (!text.startsWith(MAGIC)) return null;
  try {
    return JSON.parse(text.slice(MAGIC.length)) as Header;
  } catch {
    return null;
  }
}
