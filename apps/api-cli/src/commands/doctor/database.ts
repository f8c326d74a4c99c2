import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const LARGEST_DRIFT_MS = 1_000;
/** From here on webhooks may be refused, and periods, expiry and usage lie visibly apart. */
const WRONG_CLOCK_MS = 300_000;

/** Reachability, poolers, version, migrations, clock and ledger of the database. `now` is epoch ms of this machine. */
export async function checkDatabase({ databaseUrl, dataDir }: Config, now: () => number): Promise<Finding[]> {
  if (databaseUrl === null) return embedded(dataDir, now);
  const { DatabaseVersionError, explainConnectionFailure, PoolerModeError, refuseSharedSessions } = await import('@api-factory/control');
  try {
    const pooling = await refuseSharedSessions(databaseUrl);
    return await inside(
      databaseUrl,
      now,
      (version) => `${version} answers${pooling === 'session' ? ', behind a pooler in session mode' : ''}`,
    );
  } catch (error) {
    if (error instanceof DatabaseVersionError || error instanceof PoolerModeError)
      return [fail('database', error.message, 'See the line above.')];
    return [fail('database', explainConnectionFailure(error, databaseUrl), 'Correct DATABASE_URL.')];
  }
}

/** The embedded server runs only with the product: at other times there is nothing to ask, and its schema is brought up to date at each start. */
async function embedded(dataDir: string, now: () => number): Promise<Finding[]> {
  const { runningEmbeddedUrl, serverPrograms } = await import('@api-factory/control');
  const directory = join(dataDir, 'postgres');
  const url = await runningEmbeddedUrl(dataDir);
  if (url !== null) return inside(url, now, (version) => `embedded ${version} answers, in ${directory}`);
  try {
    serverPrograms();
  } catch (error) {
    return [fail('database', (error as Error).message, 'See the line above.')];
  }
  const there = await stat(directory).catch(() => null);
  return [
    ok('database', there === null ? 'embedded; the first start makes it' : `embedded, in ${directory}; not running, so not looked into`),
  ];
}

/** What only a database that answers can tell. */
async function inside(url: string, now: () => number, says: (version: string) => string): Promise<Finding[]> {
  const { migrationState, readDatabaseClock } = await import('@api-factory/control');
  const { serverVersion, applied, known } = await migrationState(url);
  const { aheadMs } = await readDatabaseClock(url, now);
  return [
    ok('database', says(`Postgres ${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000}`)),
    migrations(applied, known),
    clock(aheadMs),
    ...(applied === known ? [await ledger(url)] : []),
  ];
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

/** What a difference of the database's clock from this machine's means. */
export function clock(aheadMs: number): Finding {
  const detail = `the database is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(aheadMs) <= LARGEST_DRIFT_MS) return ok('clock', detail);
  const state = Math.abs(aheadMs) > WRONG_CLOCK_MS ? fail : warn;
  return state('clock', detail, 'Set both by NTP: periods follow the database’s clock, rate windows this machine’s.');
}
