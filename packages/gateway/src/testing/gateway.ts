import { createHash, randomBytes } from 'node:crypto';
import type { KeyRow, PlanRow } from '@api-factory/core';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { createFailureLimit } from '../failures.ts';
import { Guard } from '../guard.ts';
import { type HeavyRunner, inThisThread } from '../heavy/runner.ts';
import { GatewayMetrics } from '../metrics/metrics.ts';
import { Overload } from '../overload.ts';
import type { Action } from '../packs/actions/action.ts';
import { ACTIONS } from '../packs/actions/actions.ts';
import { servePacks } from '../packs/packs.ts';
import { Leases } from '../quota/leases.ts';
import { createServer } from '../server.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import { Refusals } from '../spool/refusals.ts';
import type { Spool } from '../spool/spool.ts';
import { Bank } from './bank.ts';
import { aKeyText } from './key.ts';
import { aDirectory, openSpool } from './spool.ts';

export interface TestGateway {
  app: FastifyInstance;
  bank: Bank;
  spool: Spool;
  snapshot: Snapshot;
  leases: Leases;
  refusals: Refusals;
  metrics: GatewayMetrics;
  overload: Overload;
  clock: { ms: number; now(): number };
  /** Plaintext of the only key. */
  key: string;
  post(body: unknown, options?: { key?: string; headers?: Record<string, string> }): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  plan?: Partial<PlanRow>;
  /** Overrides of the only key. */
  keyRow?: Partial<KeyRow>;
  billingUrl?: string | null;
  quota?: number | null;
  actions?: readonly Action[];
  dir?: string;
  corsOrigins?: string[];
  failedCredentialsPerMinute?: number;
  helloCallsPerMinute?: number;
  trustedProxyHops?: number;
  draining?: () => boolean;
  /** Runs heavy actions; by default on the serving thread. */
  heavy?: HeavyRunner;
}

/** The data plane with one key: real server, guard and spool; leases come from a bank in memory. */
export async function aGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { dir, remove } = options.dir ? { dir: options.dir, remove: () => {} } : aDirectory();
  const clock = { ms: 1_800_000_000_000, now: () => clock.ms };
  const bank = new Bank(options.quota === undefined ? 1_000 : options.quota);
  const key = aKeyText();
  const plan: PlanRow = {
    id: 'plan',
    version: 1,
    rateLimit: null,
    rateWindowMs: 60_000,
    quotaLimit: bank.limit,
    apis: null,
    ...options.plan,
  };
  const hash = createHash('sha256').update(key).digest('hex');
  const keys: KeyRow[] = [
    {
      id: 'key_1',
      hash,
      entitlementId: 'ent_1',
      status: 'enabled',
      byBilling: false,
      expiresAt: null,
      snapshotVersion: 1,
      ...options.keyRow,
    },
  ];
  const entitlements = [{ id: 'ent_1', consumerId: null, planId: 'plan', planVersion: 1, anchor: 0, snapshotVersion: 1 }];
  const everything = { version: 1, stamp: 'a', complete: true, plans: [plan], entitlements, keys };
  const snapshot = new Snapshot({ since: async () => everything }, clock);
  await snapshot.refresh();
  const spool = await openSpool(dir);
  const metrics = new GatewayMetrics({ version: '0.0.0', node: '' });
  const app = await createServer({
    logger: Fastify().log,
    clock,
    metrics,
    newRequestId: () => `req_${randomBytes(6).toString('hex')}`,
    trustedProxyHops: options.trustedProxyHops ?? 0,
    translateError: () => null,
    draining: options.draining ?? (() => false),
  });
  const refusals = new Refusals(clock, spool);
  const leases = new Leases({
    source: bank,
    clock,
    random: () => 0,
    newRequestId: () => randomBytes(6).toString('hex'),
    settled: async () => {},
    onError: () => {},
  });
  const failures = createFailureLimit(app, options.failedCredentialsPerMinute ?? 20);
  const billingUrl = () => options.billingUrl ?? null;
  const overload = new Overload(1_000);
  const guard = new Guard({ clock, snapshot, leases, refusals, failures, metrics, overload, snapshotMaxAgeMs: 30_000, billingUrl });
  const packs = {
    actions: options.actions ?? ACTIONS,
    failures,
    documentLimit: async () => {},
    helloCallsPerMinute: options.helloCallsPerMinute ?? 60,
    metrics,
    corsOrigins: options.corsOrigins ?? [],
  };
  await servePacks(app, packs, { spool, guard, clock, heavy: options.heavy ?? inThisThread });
  await app.ready();
  return {
    app,
    bank,
    spool,
    snapshot,
    leases,
    refusals,
    metrics,
    overload,
    clock,
    key,
    post: (body, { key: credential = key, headers = {} } = {}) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/actions',
        headers: { authorization: `Bearer ${credential}`, ...headers },
        payload: body as object,
      }),
    close: async () => {
      await app.close();
      await spool.close();
      remove();
    },
  };
}
