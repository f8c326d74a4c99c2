import { rm } from 'node:fs/promises';
import { HEADER_BYTES, listSegments, type Segment } from './segments.ts';

/** How much shipped usage is kept, in case the database is restored from a backup. */
export interface Keeping {
  /** Segments last written before this time (epoch ms) are deleted. */
  newerThanMs: number;
  /** Limit for all segments together, in bytes. */
  bytes: number;
}

/**
 * The segments to delete, oldest first: shipped ones that are too old or make the spool exceed its
 * limit. The open segment and unshipped ones are never deleted, however large the spool is.
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

/** Deletes the segments that `surplus` returns. */
export async function removeShipped(spool: { dir: string; openBase: number }, cursor: number, keeping: Keeping): Promise<void> {
  for (const { path } of surplus(await listSegments(spool.dir), { cursor, openBase: spool.openBase }, keeping)) await rm(path);
}
