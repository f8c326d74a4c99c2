import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolReport } from '@api-factory/gateway';
import type { Config } from '../../config.ts';
import { counted } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const HOUR_MS = 3_600_000;
/** Shipped files are kept for a day; the records of one file span less than an hour of it. */
const MIN_KEPT_MS = 23 * HOUR_MS;
/** Files are deleted whole, 64 MiB each, once the spool exceeds its limit. */
const NEAR_LIMIT_BYTES = 200_000_000;

/** Checks every record of the spool, how far back it goes, and disk space. `now`: epoch ms. */
export async function checkSpool({ dataDir, spoolDisk }: Config, now: () => number): Promise<Finding[]> {
  const directory = join(dataDir, 'spool');
  if ((await stat(directory).catch(() => null)) === null) return [ok('spool', 'empty')];
  const { inspectSpool, keepBytesOf, readVolume, reserveBytesOf } = await import('@api-factory/gateway');
  const report = await inspectSpool(directory);
  const volume = await readVolume(directory);
  const keepBytes = keepBytesOf(spoolDisk, volume, report.bytes);
  return [findDamage(report) ?? checkReach(report, keepBytes, now()), checkDisk(volume.freeBytes, reserveBytesOf(spoolDisk, volume))];
}

const READ_MORE = 'See “A damaged spool” in docs/operations.md.';

function findDamage({ damage, hole }: SpoolReport): Finding | null {
  if (damage) return fail('spool', `${damage.file} is damaged at byte ${damage.offset}: ${damage.reason}`, READ_MORE);
  if (!hole) return null;
  return warn(
    'spool',
    `${hole.file} has no valid record at byte ${hole.offset}`,
    `If the host crashed, the next start truncates the file there. Otherwise the start refuses it. ${READ_MORE}`,
  );
}

/** How much usage a database restored from a backup can recover from the spool. */
function checkReach({ segments, bytes, begin, oldestMs }: SpoolReport, keepBytes: number, now: number): Finding {
  const size = `${counted(segments, 'file')}, ${sizeText(bytes)}`;
  const keptMs = now - (oldestMs ?? now);
  if (begin > 0 && keptMs < MIN_KEPT_MS && bytes > keepBytes - NEAR_LIMIT_BYTES) {
    return warn(
      'spool',
      `${size}; goes back only ${(keptMs / HOUR_MS).toFixed(1)} h, because the spool is limited to ${sizeText(keepBytes)}`,
      'A database restored from an older backup can’t recover the usage deleted here: raise SPOOL_KEEP_GB, or back up more often.',
    );
  }
  return ok(
    'spool',
    `${size}; shipped usage is kept for 24 h, or until the spool exceeds ${sizeText(keepBytes)}. ` +
      'A lower limit (SPOOL_KEEP_GB) reduces what a restored database can recover',
  );
}

function checkDisk(freeBytes: number, reserveBytes: number): Finding {
  const detail = `${sizeText(freeBytes)} free; the reserve is ${sizeText(reserveBytes)}`;
  const fix = 'Free up disk space for the data directory; below the reserve (SPOOL_RESERVE_MB), guarded calls get 503.';
  if (freeBytes < reserveBytes) return fail('disk', detail, fix);
  return freeBytes < 2 * reserveBytes ? warn('disk', detail, fix) : ok('disk', detail);
}

const sizeText = (bytes: number): string => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
