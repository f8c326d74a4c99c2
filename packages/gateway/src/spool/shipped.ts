import { rm } from 'node:fs/promises';
import { HEADER_BYTES, listSegments, type Segment } from './segments.ts';

/** How long and how much of what the database has already is kept, for a database that is restored from a back-up. */
export interface Keeping {
  /** Segments that nobody wrote to since then are not kept, epoch ms. */
  newerThanMs: number;
  /** Bytes on the disk that all segments together may take. */
  bytes: number;
}

/**
 * The segments to delete, oldest first: those that the database has whole and that are too old, or that make the spool larger than
 * it may be. Never the one that is written to, nor one that is not shipped: however large the spool is, they stay.
 */
export function surplus(
  segments: readonly Segment[],
  { cursor, openBase }: { cursor: number; openBase: number },
  keeping: Keeping,
): Segment[] {
  let bytes = segments.reduce((sum, segment) => sum + sizeOf(segment), 0);
  const found: Segment[] = [];
  for (const segment of segments) {
    if (segment.end > cursor || segment.base >= openBase) break;
    if (segment.modifiedMs >= keeping.newerThanMs && bytes <= keeping.bytes) break;
    found.push(segment);
    bytes -= sizeOf(segment);
  }
  return found;
}

const sizeOf = ({ base, end }: Segment): number => HEADER_BYTES + end - base;

/** Deletes `surplus`. */
export async function removeShipped(spool: { dir: string; openBase: number }, cursor: number, keeping: Keeping): Promise<void> {
  for (const { path } of surplus(await listSegments(spool.dir), { cursor, openBase: spool.openBase }, keeping)) await rm(path);
}
