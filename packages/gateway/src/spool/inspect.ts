import { findHole, isCrash } from './recover.ts';
import { HEADER_BYTES, listSegments, type Segment } from './segments.ts';

/** The state of a spool, for `doctor`. */
export interface SpoolReport {
  segments: number;
  /** Bytes of records in all files. */
  bytes: number;
  /** Logical offset of the first record on disk; above 0 if older ones have been deleted. */
  begin: number;
  /** Modification time of the oldest file, epoch ms; null without a file. */
  oldestMs: number | null;
  damage: { file: string; offset: number; reason: string } | null;
  /**
   * An invalid place that the next start cuts if the host was rebooted since the write; otherwise
   * it is damage.
   */
  hole: { file: string; offset: number } | null;
}

/**
 * Checks every record of every segment, read only. An unfinished record at the end, as left by a
 * killed process, is not reported: the next start cuts it.
 */
export async function inspectSpool(dir: string): Promise<SpoolReport> {
  const segments = await listSegments(dir);
  const first = segments[0];
  const report: SpoolReport = {
    segments: segments.length,
    bytes: segments.reduce((sum, { base, end }) => sum + end - base, 0),
    begin: first?.base ?? 0,
    oldestMs: first?.modifiedMs ?? null,
    damage: null,
    hole: null,
  };
  for (const run of runs(segments)) {
    const hole = findHole(run, run[0]?.base ?? 0);
    if (hole === null || isCrash(hole, false)) continue;
    const place = { file: hole.segment.path, offset: HEADER_BYTES + hole.at - hole.segment.base };
    if (isCrash(hole, true)) report.hole = place;
    else report.damage = { ...place, reason: hole.reason };
    break;
  }
  return report;
}

/**
 * Groups contiguous segments. A gap is not damage: after a host crash the database may have records
 * that the disk lost, and the next start continues after them.
 */
function runs(segments: readonly Segment[]): Segment[][] {
  const found: Segment[][] = [];
  for (const segment of segments) {
    const run = found.at(-1);
    if (run?.at(-1)?.end === segment.base) run.push(segment);
    else found.push([segment]);
  }
  return found;
}
