import { randomBytes } from 'node:crypto';
import type { SnapshotChange } from '@api-factory/core';
import { type KeyMode, PROBLEM_SCHEMA, problemBody, toProblem } from '@api-factory/core';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { type ControlOptions, registerControl } from '../app.ts';
import type { Billing } from '../billing/billing.ts';
import type { Context, LiveLimits } from '../context.ts';
import { seedPlans } from '../plans/change.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';

/** The operator key of `controlApp`. */
export const ADMIN_KEY = 'an-operator-key-of-more-than-32-characters';
/** Initial time of the fake clock. */
export const START = Date.UTC(2026, 0, 15, 12);

export interface TestOptions extends ControlOptions {
  adminKey?: string | null;
  /** By default the one that matches `billing`. */
  keyMode?: KeyMode;
  billing?: Billing | null;
  /** The gateway’s live numbers of every entitlement. */
  live?: ReturnType<LiveLimits['of']>;
  /** Failed credentials answered with 401; further ones get 429. */
  failuresAllowed?: number;
  withPlans?: boolean;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  // A test reads what it expects; a wrong path fails the test.
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route
  body: any;
}

export interface ControlApp {
  app: FastifyInstance;
  context: Context;
  database: FreshDatabase;
  /**
   * A stand-in for the gateway: the changes with rows that it received, how often it read the
   * database, and whether both fail.
   */
  gateway: { isGone: boolean; changes: SnapshotChange[]; catchUps: number };
  /** Number of changes that the gateway received. */
  changes: () => number;
  advance: (ms: number) => void;
  /** Calls as the operator. `path` comes after /api/admin. */
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  /** Calls with just the given headers. */
  callAs: (headers: Record<string, string>, method: string, path: string, body?: unknown) => Promise<Reply>;
  /** All items of a list, read page by page. */
  walk: (path: string, pageSize: number) => Promise<unknown[]>;
  /** Errors that led to a 500. A test that expects one removes it; any left make `close` fail. */
  faults: unknown[];
  /** Every row of every table as text. */
  dump: () => Promise<string>;
  close: () => Promise<void>;
}

/** The control plane on a fresh database, with a clock that only `advance` moves. */
export async function controlApp(options: TestOptions = {}): Promise<ControlApp> {
  const database = await freshDatabase();
  const clock = { now: () => time };
  let time = START;
  const gateway: ControlApp['gateway'] = { isGone: false, changes: [], catchUps: 0 };
  const faults: unknown[] = [];
  const { app, context } = build(database, options, {
    faults,
    clock,
    changed: async (change) => {
      if (gateway.isGone) throw new Error('the gateway is gone');
      if (change.keys.length + change.entitlements.length > 0) gateway.changes.push(change);
    },
    catchUp: async () => {
      if (gateway.isGone) throw new Error('the gateway is gone');
      gateway.catchUps += 1;
    },
  });
  if (options.withPlans !== false) await seedPlans(context);
  await registerControl(app, context, options);
  await app.ready();
  const callAs = caller(app);
  const call: ControlApp['call'] = (method, path, body, headers = {}) =>
    callAs({ authorization: `Bearer ${ADMIN_KEY}`, ...headers }, method, path, body);
  return {
    app,
    context,
    database,
    gateway,
    changes: () => gateway.changes.length,
    advance: (ms) => {
      time += ms;
    },
    callAs,
    call,
    walk: (path, pageSize) => walk(call, path, pageSize),
    faults,
    dump: () => dump(database),
    close: async () => {
      await app.close();
      await database.drop();
      if (faults.length > 0) throw new AggregateError(faults, 'a call returned 500');
    },
  };
}

function build(
  database: FreshDatabase,
  options: TestOptions,
  { faults, ...own }: Pick<Context, 'clock' | 'changed' | 'catchUp'> & { faults: unknown[] },
) {
  const billing = options.billing ?? null;
  let failures = 0;
  let requests = 0;
  const app = Fastify({ genReqId: () => `req_${++requests}` });
  const context: Context = {
    ...own,
    db: database.db,
    newId: (prefix) => `${prefix}_${randomBytes(8).toString('hex')}`,
    randomBytes,
    log: app.log,
    keyMode: options.keyMode ?? (billing === null || billing.mode === 'live' ? 'live' : 'test'),
    billing,
    adminKey: options.adminKey === undefined ? ADMIN_KEY : options.adminKey,
    limits: { of: () => options.live ?? null },
    snapshotMaxAgeSeconds: 30,
    failedCredential: async () => (++failures > (options.failuresAllowed ?? 1_000) ? 30 : null),
  };
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler((error, request, reply) => {
    const { code, parts } = toProblem(error);
    if (code === 'INTERNAL_ERROR') faults.push(error);
    const body = problemBody(code, parts, request.url.split('?', 1)[0] ?? '', request.id);
    if (parts.retryAfterSeconds !== undefined) reply.header('retry-after', parts.retryAfterSeconds);
    return reply
      .code(body.status)
      .headers(parts.headers ?? {})
      .type('application/problem+json')
      .send(body);
  });
  return { app, context };
}

function caller(app: FastifyInstance): ControlApp['callAs'] {
  return async (headers, method, path, body) => {
    const request: InjectOptions = { method: method as 'GET', url: `/api/admin${path}`, headers };
    const reply = await app.inject(body === undefined ? request : { ...request, payload: body as object });
    return {
      status: reply.statusCode,
      headers: reply.headers as Record<string, string>,
      body: reply.body === '' ? null : reply.json(),
    };
  };
}

async function walk(call: ControlApp['call'], path: string, pageSize: number): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor = '';
  do {
    const { data, meta } = (await call('GET', `${path}?limit=${pageSize}${cursor}`)).body;
    const { cursor: next, hasMore } = meta.pagination;
    if (hasMore !== (next !== null)) throw new Error(`hasMore is ${hasMore}, and the cursor ${next}`);
    items.push(...data);
    cursor = hasMore ? `&cursor=${next}` : '';
  } while (cursor !== '');
  return items;
}

async function dump({ db }: FreshDatabase): Promise<string> {
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'api_factory'`.execute(db);
  const texts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(name)} t`.execute(db);
    texts.push(`${name}: ${rows.map(({ text }) => text).join('\n')}`);
  }
  return texts.join('\n');
}
