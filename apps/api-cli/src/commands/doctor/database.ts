import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { counted } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MAX_SKEW_MS = 1_000;
/** Beyond this, webhooks may be refused, and periods, expiry and usage are visibly off. */
const WRONG_CLOCK_MS = 300_000;

/** Checks connection, poolers, version, migrations, clock and ledger. `now` is in epoch ms. */
export async function checkDatabase({ databaseUrl, dataDir }: Config, now: () => number): Promise<Finding[]> {
  if (databaseUrl === null) return checkEmbedded(dataDir, now);
  const { DatabaseVersionError, explainConnectionFailure, PoolerModeError, refuseSharedSessions } = await import('@api-factory/control');
  try {
    const pooling = await refuseSharedSessions(databaseUrl);
    return await checkContents(
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

/** The embedded server runs only while the product does. */
async function checkEmbedded(dataDir: string, now: () => number): Promise<Finding[]> {
  const { runningEmbeddedUrl, serverPrograms } = await import('@api-factory/control');
  const directory = join(dataDir, 'postgres');
  const url = await runningEmbeddedUrl(dataDir);
  if (url !== null) return checkContents(url, now, (version) => `embedded ${version} answers, in ${directory}`);
  try {
    serverPrograms();
  } catch (error) {
    return [fail('database', (error as Error).message, 'See the line above.')];
  }
  const exists = (await stat(directory).catch(() => null)) !== null;
  return [
    ok(
      'database',
      exists ? `embedded, in ${directory}; not running, so its contents are not checked` : 'embedded; the first start creates it',
    ),
  ];
}

/** The checks that need a connection. */
async function checkContents(url: string, now: () => number, describe: (version: string) => string): Promise<Finding[]> {
  const { migrationState, readDatabaseClock } = await import('@api-factory/control');
  const { serverVersion, applied, known } = await migrationState(url);
  const { aheadMs } = await readDatabaseClock(url, now);
  return [
    ok('database', describe(`Postgres ${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000}`)),
    checkMigrations(applied, known),
    checkClock(aheadMs),
    ...(applied === known ? [await checkLedger(url)] : []),
  ];
}

function checkMigrations(applied: number, known: number): Finding {
  if (applied === known) return ok('migrations', `${applied} of ${known} applied`);
  return warn('migrations', `${applied} of ${known} applied`, 'The next start applies the rest. Make a backup first.');
}

async function checkLedger(url: string): Promise<Finding> {
  const { compareLedger } = await import('@api-factory/control');
  try {
    const { periods, differing, unsettled } = await compareLedger(url);
    if (differing + unsettled === 0) return ok('ledger', `equals the usage events of ${counted(periods, 'open quota period')}`);
    const detail = `differs from the usage events in ${counted(differing, 'row')}, from the settled units in ${counted(unsettled, 'period')}`;
    return fail('ledger', detail, 'Rows were changed by hand, or only part of a backup was restored. See “Compare” in docs/backup.md.');
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw error;
    return warn('ledger', 'not compared: it took longer than a minute', 'Try again when there is less load.');
  }
}

/** @param aheadMs how far the database’s clock is ahead of this machine’s */
export function checkClock(aheadMs: number): Finding {
  const detail = `the database is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(aheadMs) <= MAX_SKEW_MS) return ok('clock', detail);
  const state = Math.abs(aheadMs) > WRONG_CLOCK_MS ? fail : warn;
  return state('clock', detail, 'Set both with NTP: periods follow the database’s clock, rate windows this machine’s.');
}
