import { ask } from '@api-factory/control/testing/database';
import type { Api } from './api.ts';
import { anEmptyDatabase } from './scratch.ts';
import { runScript } from './scripts.ts';

/**
 * Restores a backup into a new database for this test, and returns its URL. @throws Error with the
 * output of restore.sh
 */
export async function restored(file: string): Promise<string> {
  const url = await anEmptyDatabase();
  const { code, err } = await runScript('restore.sh', [file], { DATABASE_URL: url });
  if (code !== 0) throw new Error(`restore.sh exited with ${code}: ${err}`);
  return url;
}

/**
 * Calls until the quota of the key is used up. @returns how many calls were served
 * @throws Error on any other error
 */
export async function servedUntilQuota({ call }: Api, key: string, limit = 1_000): Promise<number> {
  for (let served = 0; served <= limit; served += 1) {
    const { status, body } = await call(key);
    if (status === 429 && body.code === 'QUOTA_EXCEEDED') return served;
    if (status !== 200) throw new Error(`call ${served + 1} failed with ${status} ${body.code}`);
  }
  throw new Error(`more than ${limit} calls were served`);
}

/** A count and a hash of the rows of every table, to compare databases. */
export async function rowsByTable(url: string): Promise<Record<string, string>> {
  const tables = await ask<{ name: string }>(url, `select tablename as name from pg_tables where schemaname = 'api_factory' order by 1`);
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await ask<{ sum: string }>(
      url,
      `select count(*) || ' ' || coalesce(md5(string_agg(r::text, chr(10) order by r::text)), '') as sum from api_factory."${name}" r`,
    );
    found[name] = rows[0]?.sum ?? '';
  }
  return found;
}

/** Quota periods in which ledger, events and settled units disagree. */
export const differences = (url: string): Promise<object[]> =>
  ask(
    url,
    `select q.period_id, q.settled, l.units as ledger, e.units as events, l.calls, e.calls as event_calls
     from api_factory.quotas q
     left join (select period_id, sum(units) as units, sum(calls) as calls from api_factory.ledger group by 1) l using (period_id)
     left join (select period_id, sum(cost) as units, count(*) as calls from api_factory.usage_events group by 1) e using (period_id)
     where (q.settled, coalesce(l.units, 0), coalesce(l.calls, 0)) is distinct from (coalesce(e.units, 0), coalesce(e.units, 0), coalesce(e.calls, 0))`,
  );
