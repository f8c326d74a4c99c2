import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type Product, startProduct } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { ADMIN_KEY, type Api, apiAt } from './api.ts';

/** The product on an existing database and data directory, which outlive it. */
export interface ProductOn extends Api {
  product: Product;
  /** The log as text. */
  log: () => string;
  /** Waits until every usage record is in the database. */
  shipped: () => Promise<void>;
}

export interface TestProduct extends ProductOn {
  dataDir: string;
  database: FreshDatabase;
  /** The product's clock; the database uses the real time. */
  clock: MovableClock;
  /** Quota, ledger and events of an entitlement, read from the database. */
  accountOf: (entitlementId: string) => Promise<{ settled: number; leased: number; units: number; calls: number; events: number }>;
  stop: () => Promise<void>;
}

/** Monotonic wall time that a test can shift. */
export interface MovableClock {
  offsetMs: number;
  now: () => number;
}

export function movableClock(): MovableClock {
  const anchor = Date.now() - performance.now();
  const clock = { offsetMs: 0, now: () => anchor + performance.now() + clock.offsetMs };
  return clock;
}

/**
 * Runs the complete product in this process, over real HTTP, on an existing database and data
 * directory.
 */
export async function productOn(
  url: string,
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
  { clock = movableClock(), consoleDir = null }: { clock?: MovableClock; consoleDir?: string | null } = {},
): Promise<ProductOn> {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  const config = loadConfig({
    PORT: '0',
    API_FACTORY_DATA_DIR: dataDir,
    API_FACTORY_ADMIN_KEY: ADMIN_KEY,
    DATABASE_URL: url,
    ADMIN_CALLS_PER_MINUTE: '100000',
    ...env,
  });
  const threads = { shippingThread: null, heavyThreads: null };
  const runtime = { clock, wallClock: clock.now, randomBytes, bootId: 'boot', version: '0.0.0-test', log, ...threads, consoleDir };
  const product = await startProduct(config, runtime, { deliverOperatorKey: async () => {}, onFatal: (error) => log.fatal(error) });
  return {
    ...apiAt(product.address),
    product,
    log: () => lines.join(''),
    shipped: async () => {
      await product.gateway.spool.flushed();
      while (product.gateway.progress.cursor < product.gateway.spool.end) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

/** Like `productOn`, with a fresh database and an empty data directory; `stop` deletes both. */
export async function aProduct(
  env: Record<string, string> = {},
  clock = movableClock(),
  consoleDir: string | null = null,
): Promise<TestProduct> {
  const database = await freshDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'api-factory-'));
  const running = await productOn(database.url, dataDir, env, { clock, consoleDir });
  return {
    ...running,
    dataDir,
    database,
    clock,
    accountOf: async (entitlementId) => {
      await running.shipped();
      const { rows } = await sql<Record<string, number>>`
        select coalesce(sum(q.settled), 0) as settled, coalesce(sum(q.leased), 0) as leased,
          (select coalesce(sum(l.units), 0) from ledger l join keys k on k.id = l.key_id where k.entitlement_id = ${entitlementId}) as units,
          (select coalesce(sum(l.calls), 0) from ledger l join keys k on k.id = l.key_id where k.entitlement_id = ${entitlementId}) as calls,
          (select count(*) from usage_events e where e.entitlement_id = ${entitlementId}) as events
        from quotas q where q.entitlement_id = ${entitlementId}`.execute(running.product.db);
      const row = rows[0] ?? {};
      return Object.fromEntries(['settled', 'leased', 'units', 'calls', 'events'].map((name) => [name, Number(row[name])])) as never;
    },
    stop: async () => {
      await running.product.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
