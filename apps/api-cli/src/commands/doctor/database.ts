import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const LARGEST_DRIFT_MS = 1_000;

/** Reachability, poolers, version, migrations, clock and ledger of the database. `now` is epoch ms of this machine. */
export async function checkDatabase({ databaseUrl, dataDir }: Config, now: () => number): Promise<Finding[]> {
  if (databaseUrl === null) return [await embedded(dataDir)];
  const { DatabaseVersionError, explainConnectionFailure, migrationState, PoolerModeError, readDatabaseClock, refuseSharedSessions } =
    await import('@api-factory/control');
  try {
    const pooling = await refuseSharedSessions(databaseUrl);
    const { serverVersion, applied, known } = await migrationState(databaseUrl);
    const { aheadMs } = await readDatabaseClock(databaseUrl, now);
    return [
      ok(
        'database',
        `Postgres ${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000} answers${pooling === 'session' ? ', behind a pooler in session mode' : ''}`,
      ),
      migrations(applied, known),
      clock(aheadMs),
      ...(applied === known ? [await ledger(databaseUrl)] : []),
    ];
  } catch (error) {
    if (error instanceof DatabaseVersionError || error instanceof PoolerModeError)
      return [fail('database', error.message, 'See the line above.')];
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

async function ledger(url: string): Promise<Finding> {
  const { compareLedger } = await import('@api-factory/control');
  try {
    const { periods, differing, unsettled } = await compareLedger(url);
    if (differing + unsettled === 0) return ok('ledger', `equals the usage events of ${periods} open quota periods`);
    const detail = `differs from the usage events in ${differing} keys and periods, from the settled units in ${unsettled} periods`;
    return fail('ledger', detail, 'Somebody changed rows by hand, or part of a back-up was restored. Follow “Compare” in docs/backup.md.');
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw error;
    return warn('ledger', 'not compared: it took longer than a minute', 'Try again at a quiet time.');
  }
}

function clock(aheadMs: number): Finding {
  const detail = `the database is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(aheadMs) <= LARGEST_DRIFT_MS) return ok('clock', detail);
  return warn('clock', detail, 'Set both by NTP: periods follow the database’s clock, rate windows this machine’s.');
}
