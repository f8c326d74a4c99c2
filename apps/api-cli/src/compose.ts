import {
  type Context,
  createLeaseSource,
  createSnapshotSource,
  createUsageSink,
  type Database,
  ensureOperatorKey,
  explainConnectionFailure,
  holdDirectory,
  holdInstance,
  maintainPartitions,
  migrate,
  openDatabase,
  seedPlans,
  startEmbedded,
  translateDatabaseError,
} from '@api-factory/control';
import { type Check, createFailureLimit, createGateway, createServer, type Gateway, GatewayMetrics } from '@api-factory/gateway';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { registerSurface } from './surface.ts';

/** What only the outermost layer may touch: time, randomness, the machine. */
export interface World {
  /** Epoch ms, never stepping back. */
  clock: { now(): number };
  randomBytes: (n: number) => Uint8Array;
  /** Changes when the host is restarted. */
  bootId: string;
  version: string;
  log: FastifyBaseLogger;
}

export interface Product {
  readonly app: FastifyInstance;
  readonly gateway: Gateway;
  readonly db: Database;
  /** Where it listens, for example `http://127.0.0.1:8787`. */
  readonly address: string;
  /** Stops in order: no new calls, open calls finished, usage shipped or left on disk, database last. */
  close(): Promise<void>;
}

/** Everything that was opened, closed again in the opposite order, also when the start fails halfway. */
class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];
  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }
  async run(log: FastifyBaseLogger): Promise<void> {
    for (const step of this.#steps.splice(0)) await step().catch((err) => log.error({ err }, 'a part could not be closed'));
  }
}

const IDLE_SWEEP_MS = 50;
const RETENTION_EVERY_MS = 3_600_000;

/**
 * Fits the parts together and starts them: this is the only place that knows both planes. `deliverOperatorKey` gets the
 * first operator key's plaintext, once, before it counts. `onFatal` hears that serving must end.
 */
export async function startProduct(
  config: Config,
  world: World,
  hooks: { deliverOperatorKey: (key: string) => Promise<void>; onFatal: (error: Error) => void },
): Promise<Product> {
  const cleanup = new Cleanup();
  try {
    return await start(config, world, { ...hooks, cleanup });
  } catch (error) {
    await cleanup.run(world.log);
    throw error;
  }
}

type Hooks = Parameters<typeof startProduct>[2] & { cleanup: Cleanup };

async function start(config: Config, world: World, hooks: Hooks): Promise<Product> {
  const { cleanup } = hooks;
  const { log, clock, randomBytes } = world;
  const newId = idMaker(randomBytes);
  const state = { draining: false, databaseUp: true };
  const { db, leases } = await openStore(config, world, { ...hooks, newId, onState: (up) => (state.databaseUp = up) });
  const metrics = new GatewayMetrics({ version: world.version, node: globalThis.process.version });
  const app = await createServer({
    logger: log,
    clock,
    metrics,
    newRequestId: requestIdMaker(randomBytes),
    trustedProxyHops: config.trustedProxyHops,
    translateError: translateDatabaseError,
    draining: () => state.draining,
  });
  let quarantined = 0;
  metrics.counter('api_factory_usage_quarantined_total', 'Usage records that the database refused.', () => quarantined);
  const gateway = await createGateway({
    dataDir: config.dataDir,
    bootId: world.bootId,
    clock,
    log,
    metrics,
    newId,
    snapshots: createSnapshotSource(db, { keyMode: 'live' }),
    leasesFor: (gatewayId) => createLeaseSource(leases, { gatewayId, newId }),
    sinkFor: (gatewayId) => createUsageSink(db, { gatewayId, onQuarantine: () => (quarantined += 1) }),
    fsyncMs: config.meterFsyncMs,
    snapshotMaxAgeMs: config.snapshotMaxAgeSeconds * 1000,
  });
  cleanup.add(() => gateway.close());
  const failures = createFailureLimit(app, config.failedCredentialsPerMinute);
  const context: Context = {
    db,
    clock,
    newId,
    randomBytes,
    log,
    keyMode: 'live',
    adminKey: config.adminKey,
    limits: { of: gateway.limitsOf },
    changed: () => gateway.snapshot.refresh(),
    failedCredential: (request) => failures.count(request),
  };
  const startedAt = clock.now();
  await registerSurface(app, {
    version: world.version,
    context,
    failures,
    metrics,
    servePacks: gateway.routes,
    uptimeSeconds: () => Math.floor((clock.now() - startedAt) / 1000),
    checks: () => checks({ ...state, gateway, now: clock.now(), maxAgeMs: config.snapshotMaxAgeSeconds * 1000 }),
    settings: config,
  });
  await seedPlans(context);
  await ensureOperatorKey(context, { deliver: hooks.deliverOperatorKey });
  await gateway.snapshot.refresh();
  cleanup.add(await keepRetention(db, config, world));
  const address = await listen(app, config);
  cleanup.add(() => {
    state.draining = true;
    return closeServer(app);
  });
  return { app, gateway, db, address, close: () => cleanup.run(log) };
}

async function listen(app: FastifyInstance, { port, bindHost }: Config): Promise<string> {
  try {
    return await app.listen({ port, host: bindHost });
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} of ${bindHost} is taken; end what listens there, or choose another PORT`,
      EADDRNOTAVAIL: `this machine has no address ${bindHost}; correct BIND_HOST`,
      EACCES: `this user may not listen on port ${port}; choose a PORT above 1023`,
    };
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    throw reason === undefined ? error : new Error(reason, { cause: error });
  }
}

/** Stops listening and waits for open calls. A kept-alive connection that becomes idle meanwhile would be waited for, too. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  await app.close();
  clearInterval(sweep);
}

/** Leases have connections of their own: calls wait for them, and what the operator reads must not hold them up. */
interface Store {
  db: Database;
  leases: Database;
}

/** Locks, database, schema: what must hold before anything is served. */
async function openStore(
  config: Config,
  world: World,
  hooks: Hooks & { newId: (prefix: string) => string; onState: (up: boolean) => void },
): Promise<Store> {
  const { log } = world;
  const { cleanup } = hooks;
  const directory = await holdDirectory(config.dataDir);
  cleanup.add(() => directory.release());
  let url = config.databaseUrl;
  if (url === null) {
    const server = await startEmbedded({ dataDir: config.dataDir, log });
    cleanup.add(() => server.stop());
    server.supervise((state) => hooks.onState(state === 'up'));
    url = server.url;
  }
  const given = url;
  try {
    // Before migrating: a newer version that is started by mistake must not change the database under a running one.
    const instance = await holdInstance(given, { onLost: hooks.onFatal });
    cleanup.add(() => instance.release());
    await migrate(given, hooks.newId('ins'));
  } catch (error) {
    // The driver's errors have a code; ours say all there is to say.
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Error(explainConnectionFailure(error, given), { cause: error });
  }
  const onError = (err: Error) => log.warn({ err }, 'a database connection was lost');
  const store = { db: openDatabase(given, { onError }), leases: openDatabase(given, { onError, byKeyOnly: true }) };
  cleanup.add(() => Promise.all([store.db.destroy(), store.leases.destroy()]));
  return store;
}

interface CheckedState {
  draining: boolean;
  databaseUp: boolean;
  gateway: Gateway;
  now: number;
  maxAgeMs: number;
}

function checks({ draining, databaseUp, gateway, now, maxAgeMs }: CheckedState): Record<string, Check> {
  const ageMs = gateway.snapshot.ageMs(now);
  const behindMs = gateway.shipper.behindSince === null ? 0 : now - gateway.shipper.behindSince;
  return {
    serving: draining ? { ok: false, detail: 'stopping' } : { ok: true },
    database: databaseUp && ageMs < 5_000 ? { ok: true } : { ok: false, detail: `last answered ${Math.round(ageMs / 1000)} s ago` },
    keys: ageMs <= maxAgeMs ? { ok: true, detail: `version ${gateway.snapshot.version}` } : { ok: false, detail: 'can’t be confirmed' },
    spool: { ok: true, detail: `${gateway.spool.end - gateway.shipper.cursor} bytes not shipped, oldest ${Math.round(behindMs / 1000)} s` },
  };
}

/** Makes and drops partitions now and every hour. @returns a function that ends it */
async function keepRetention(db: Database, config: Config, { clock, log }: World): Promise<() => Promise<void>> {
  const maintain = () => maintainPartitions(db, { retentionDays: config.usageRetentionDays, now: new Date(clock.now()) });
  await maintain();
  const timer = setInterval(() => maintain().catch((err) => log.warn({ err }, 'old usage could not be removed')), RETENTION_EVERY_MS);
  return async () => clearInterval(timer);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 20 characters of base62 from a CSPRNG: about 119 bits. */
const idMaker = (randomBytes: World['randomBytes']) => {
  return (prefix: string): string => {
    let text = '';
    while (text.length < 20) for (const byte of randomBytes(24)) if (byte < 248 && text.length < 20) text += ALPHABET.charAt(byte % 62);
    return `${prefix}_${text}`;
  };
};

/** A request id has to be unique, not secret: a random head per process and a count. */
function requestIdMaker(randomBytes: World['randomBytes']): () => string {
  const head = `req_${idMaker(randomBytes)('r').slice(2, 14)}`;
  let count = 0;
  return () => head + (++count).toString(36);
}
