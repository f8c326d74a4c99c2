import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const LARGEST_DRIFT_MS = 1_000;

/** Reachability, version, migrations and clock of the database. `now` is epoch ms of this machine. */
export async function checkDatabase({ databaseUrl, dataDir }: Config, now: () => number): Promise<Finding[]> {
  if (databaseUrl === null) return [await embedded(dataDir)];
  const { DatabaseVersionError, explainConnectionFailure, migrationState, readDatabaseClock } = await import('@api-factory/control');
  try {
    const { serverVersion, applied, known } = await migrationState(databaseUrl);
    const { aheadMs } = await readDatabaseClock(databaseUrl, now);
    return [
      ok('database', `Postgres ${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000} answers`),
      migrations(applied, known),
      clock(aheadMs),
    ];
  } catch (error) {
    if (error instanceof DatabaseVersionError) return [fail('database', error.message, 'See the line above.')];
    return [
      fail('database', explainConnectionFailure(error, databaseUrl), 'Correct DATABASE_URL, or unset it to use the embedded server.'),
    ];
  }
}

/** The embedded server runs only with the product, on this machine and its clock; its schema is brought up to date at each start. */
async function embedded(dataDir: string): Promise<Finding> {
  const there = await stat(join(dataDir, 'postgres')).catch(() => null);
  return ok('database', there === null ? 'embedded; the first start makes it' : `embedded, in ${join(dataDir, 'postgres')}`);
}

function migrations(applied: number, known: number): Finding {
  if (applied === known) return ok('migrations', `${applied} of ${known} applied`);
  return warn('migrations', `${applied} of ${known} applied`, 'The next start applies the rest; make a back-up before.');
}

function clock(aheadMs: number): Finding {
  const detail = `the database is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(aheadMs) <= LARGEST_DRIFT_MS) return ok('clock', detail);
  return warn('clock', detail, 'Set both by NTP: periods follow the database’s clock, rate windows this machine’s.');
}
