import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const HOUR_MS = 3_600_000;
/** Shipped files are kept for a day; one of them holds records of less than this. */
const LEAST_KEPT_MS = 23 * HOUR_MS;
/** Deleting begins above the bound and takes whole files of 64 MiB. */
const NEAR_BYTES = 200_000_000;

/** Checks every record of the spool, how far back it reaches, and the disk below it. `now` is epoch ms of this machine. */
export async function checkSpool({ dataDir, spoolDisk }: Config, now: () => number): Promise<Finding[]> {
  const directory = join(dataDir, 'spool');
  if ((await stat(directory).catch(() => null)) === null) return [ok('spool', 'empty')];
  const { inspectSpool, keepBytesOf, readVolume, reserveBytesOf } = await import('@api-factory/gateway');
  const report = await inspectSpool(directory);
  const volume = await readVolume(directory);
  const broken = unsound(report);
  const kept = { ...report, keepBytes: keepBytesOf(spoolDisk, volume, report.bytes) };
  return [broken ?? reach(kept, now()), disk(volume.freeBytes, reserveBytesOf(spoolDisk, volume))];
}

interface Report {
  segments: number;
  bytes: number;
  begin: number;
  oldestMs: number | null;
  damage: { file: string; offset: number; reason: string } | null;
  hole: { file: string; offset: number } | null;
}

function unsound({ damage, hole }: Report): Finding | null {
  const mend = 'Follow “A damaged spool” in docs/operations.md.';
  if (damage) return fail('spool', `${damage.file} is damaged at byte ${damage.offset}: ${damage.reason}`, mend);
  if (!hole) return null;
  const detail = `${hole.file} has no sound record at byte ${hole.offset}`;
  return warn(
    'spool',
    detail,
    `If the host went down, the next start cuts the file there. If it did not, the start refuses the file. ${mend}`,
  );
}

/** How much usage a database that is restored from a back-up finds here. */
function reach({ segments, bytes, begin, oldestMs, keepBytes }: Report & { keepBytes: number }, now: number): Finding {
  const keptMs = now - (oldestMs ?? now);
  if (begin > 0 && keptMs < LEAST_KEPT_MS && bytes > keepBytes - NEAR_BYTES) {
    const detail = `${segments} files, ${sizeText(bytes)}; they reach back ${(keptMs / HOUR_MS).toFixed(1)} h, because the spool may not exceed ${sizeText(keepBytes)}`;
    return warn(
      'spool',
      detail,
      'A database restored from an older back-up can’t catch up on what is deleted: raise SPOOL_KEEP_GB, or back up more often.',
    );
  }
  return ok(
    'spool',
    `${segments} files, ${sizeText(bytes)}; usage that is in the database is kept for 24 h or until the spool exceeds ${sizeText(keepBytes)}. ` +
      'A smaller bound (SPOOL_KEEP_GB) shortens what a restored database can catch up on',
  );
}

function disk(freeBytes: number, reserveBytes: number): Finding {
  const detail = `${sizeText(freeBytes)} are free; the reserve is ${sizeText(reserveBytes)}`;
  const mend = 'Make room on the disk of the data directory; below the reserve (SPOOL_RESERVE_MB) guarded calls get 503.';
  if (freeBytes < reserveBytes) return fail('disk', detail, mend);
  return freeBytes < 2 * reserveBytes ? warn('disk', detail, mend) : ok('disk', detail);
}

const sizeText = (bytes: number): string => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
