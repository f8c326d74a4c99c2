import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { type Product, startProduct } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { type Api, apiAt } from './api.ts';
import { ADMIN_KEY, movableClock } from './product.ts';
import { ask } from './scripts.ts';

export interface ProductOn extends Api {
  product: Product;
  /** Waits until every written record is in the database. */
  shipped: () => Promise<void>;
  log: () => string;
}

/** The whole product in this process on a database and a data directory that are there already. */
export async function productOn(url: string, dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<ProductOn> {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const config = loadConfig({
    PORT: '0',
    API_FACTORY_DATA_DIR: dataDir,
    API_FACTORY_ADMIN_KEY: ADMIN_KEY,
    DATABASE_URL: url,
    ADMIN_CALLS_PER_MINUTE: '100000',
    ...env,
  });
  const world = {
    clock: movableClock(),
    randomBytes,
    bootId: 'boot',
    version: '0.0.0-test',
    log,
    shippingThread: null,
    consoleDir: null,
  };
  const product = await startProduct(config, world, { deliverOperatorKey: async () => {}, onFatal: (error) => log.fatal(error) });
  return {
    ...apiAt(product.address, ADMIN_KEY),
    product,
    shipped: async () => {
      await product.gateway.spool.flushed();
      while (product.gateway.progress.cursor < product.gateway.spool.end) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    log: () => lines.join(''),
  };
}

/** How many calls of the key are served until its quota is used up. @throws Error when another refusal comes */
export async function servedUntilQuota({ call }: Api, key: string, most = 1_000): Promise<number> {
  for (let served = 0; served <= most; served += 1) {
    const { status, body } = await call(key);
    if (status === 429 && body.code === 'QUOTA_EXCEEDED') return served;
    if (status !== 200) throw new Error(`call ${served + 1} was answered ${status} ${body.code}`);
  }
  throw new Error(`more than ${most} calls were served`);
}

/** A number for the rows of every table: two databases with the same rows have the same. */
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

/** Entitlements and periods in which ledger, events and settled units do not say the same. */
export const differences = (url: string): Promise<object[]> =>
  ask(
    url,
    `select q.period_id, q.settled, l.units as ledger, e.units as events, l.calls, e.calls as event_calls
     from api_factory.quotas q
     left join (select period_id, sum(units) as units, sum(calls) as calls from api_factory.ledger group by 1) l using (period_id)
     left join (select period_id, sum(cost) as units, count(*) as calls from api_factory.usage_events group by 1) e using (period_id)
     where (q.settled, coalesce(l.units, 0), coalesce(l.calls, 0)) is distinct from (coalesce(e.units, 0), coalesce(e.units, 0), coalesce(e.calls, 0))`,
  );
