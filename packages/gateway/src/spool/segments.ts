import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolDamageError, SpoolOwnerError } from './errors.ts';
import { type OpenFile, type SpoolFile, synced } from './file.ts';
import { FORMAT_VERSION } from './record.ts';

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

/** The logical offset that a file's name gives; null when it is no segment. */
export function segmentBase(name: string): number | null {
  const base = NAME.exec(name)?.[1];
  return base === undefined ? null : Number(base);
}

/** Lists the segments in order. A file too short for its header was cut off while it was made and holds nothing. */
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

/** Makes a segment for the records from `base` on; an unfinished one of the same name is replaced. Both the file and its name are synced. */
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

/** A new file is safe only when its name is, too. */
async function syncDirectory(dir: string): Promise<void> {
  const directory = await open(dir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Whose spool lies there; null where there is none.
 * @param expected whose it must be, where that is known
 * @throws SpoolDamageError when a header can't be read; SpoolOwnerError when segments name somebody else
 */
export async function spoolOwner(dir: string, expected: SpoolOwner | null): Promise<SpoolOwner | null> {
  if (!existsSync(dir)) return null;
  let owner = expected;
  for (const { path, base, end } of await listSegments(dir)) {
    const header = readHeader(path);
    // Records are written when the header is on the disk: without one, this is what a crash left of a file that was being made.
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
  /** The newest format of its records. Absent: written by a version that knew no sync marks. */
  format?: number;
}

/** The header of the file at `path`; null when it is not one. */
export function readHeader(path: string): Header | null {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(path, 'r');
  readSync(fd, header, 0, HEADER_BYTES, 0);
  closeSync(fd);
  return parseHeader(header);
}

/** The header that a file's bytes begin with; null when they don't. */
export function parseHeader(bytes: Buffer): Header | null {
  const text = bytes.toString('utf8', 0, HEADER_BYTES);
  if (!text.startsWith(MAGIC)) return null;
  try {
    return JSON.parse(text.slice(MAGIC.length)) as Header;
  } catch {
    return null;
  }
}
