import {
  type BillingJobs,
  type Context,
  createLeaseSource,
  createSnapshotSource,
  createUsageSink,
  type Database,
  databaseNow,
  ensureOperatorKey,
  manageUrl,
  type PlanMover,
  seedPlans,
  startBilling,
  startPlanMover,
  translateDatabaseError,
} from '@api-factory/control';
import {
  Cleanup,
  createFailureLimit,
  createGateway,
  createServer,
  type FailureLimit,
  type Gateway,
  GatewayMetrics,
  type GatewayOptions,
  Repeats,
  type ServerOptions,
} from '@api-factory/gateway';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { billingMetrics, openBilling, warnOfKeysOfOtherMode } from './billing/open-billing.ts';
import { ClockCheck } from './clock/clock-check.ts';
import type { Config } from './config.ts';
import { checks } from './start/checks.ts';
import type { DataDirectory } from './start/data-directory.ts';
import { idMaker, randomFraction, requestIdMaker } from './start/ids.ts';
import { closeServer, listen } from './start/listen.ts';
import { keepRetention } from './start/retention.ts';
import { openStore, type Store } from './start/store.ts';
import { backgroundShipping, type ShippingThread } from './threads/background-shipping.ts';
import { readContract } from './web/built-contract.ts';
import { type OperatorConsole, openConsole } from './web/console.ts';
import { answerMissing } from './web/not-found-page.ts';
import { registerSurface } from './web/surface.ts';

/** What only the outermost layer may access: time, randomness and the machine. */
export interface Runtime {
  /** Epoch ms; never steps back. */
  clock: { now(): number };
  /** Epoch ms of the machine's clock, which may step back. For comparison with external times. */
  wallClock: () => number;
  randomBytes: (n: number) => Uint8Array;
  /** Changes when the host reboots. */
  bootId: string;
  version: string;
  log: FastifyBaseLogger;
  /** Module of the shipping thread and the clock it shares; null: ship on the serving thread. */
  shippingThread: ShippingThread | null;
  /** Module and number of the threads for heavy actions; null: the serving thread runs them. */
  heavyThreads: GatewayOptions['heavyThreads'];
  /** Directory of the built console; null: not built. */
  consoleDir: string | null;
}

export interface Product {
  readonly app: FastifyInstance;
  readonly gateway: Gateway;
  readonly db: Database;
  /** Listening address, for example `http://127.0.0.1:8787`. */
  readonly address: string;
  /** Stops in order: refuse new calls, finish open ones, ship usage, close the database. */
  close(): Promise<void>;
}

export interface StartHooks {
  /** Gives the first operator key to a person. */
  deliverOperatorKey: (key: string) => Promise<void>;
  onFatal: (error: Error) => void;
  /** Being opened while this module loaded; absent: the start opens it. */
  dataDirectory?: Promise<DataDirectory>;
}

/**
 * Composes and starts the product. Only this file depends on both planes. `deliverOperatorKey` is
 * called once with the plaintext of the first operator key, before the key is valid. `onFatal` is
 * called when the product must stop serving.
 */
export async function startProduct(config: Config, runtime: Runtime, hooks: StartHooks): Promise<Product> {
  const cleanup = new Cleanup();
  try {
    return await start(config, runtime, { ...hooks, cleanup });
  } catch (error) {
    await cleanup.run(logFailure(runtime.log));
    throw error;
  }
}

const logFailure = (log: FastifyBaseLogger) => (err: unknown) => log.error({ err }, 'could not shut down cleanly');

type Hooks = StartHooks & { cleanup: Cleanup };

async function start(config: Config, runtime: Runtime, hooks: Hooks): Promise<Product> {
  const { cleanup } = hooks;
  const { log, clock, randomBytes } = runtime;
  const newId = idMaker(randomBytes);
  const state = { draining: false, databaseUp: true };
  // Log entries that may repeat thousands of times a second. Shutdown flushes their counts.
  const repeats = new Repeats(log);
  cleanup.add(repeats.follow());
  const { dataDirectory, onFatal: onLost } = hooks;
  const onState = (up: boolean) => (state.databaseUp = up);
  const store = await openStore(config, { log, repeats, cleanup, newId, onState, onLost, dataDirectory });
  const { db } = store;
  const metrics = new GatewayMetrics({ version: runtime.version, node: globalThis.process.version });
  const operatorConsole = runtime.consoleDir === null ? null : openConsole(runtime.consoleDir);
  const app = await openServer(config, runtime, { metrics, operatorConsole, draining: () => state.draining });
  const { billing, listening } = await openBilling(config, runtime, cleanup);
  const mode = modeOf(billing);
  const billingUrl = () => manageUrl(billing);
  const gateway = await startGateway(config, runtime, { ...store, repeats, metrics, newId, mode, billingUrl, onLost });
  cleanup.add(() => gateway.close());
  const failures = createFailureLimit(app, config.failedCredentialsPerMinute);
  const context = contextOf(config, runtime, { db, newId, billing, keyMode: mode.keyMode, gateway, failures });
  const clocks = new ClockCheck({ clock, wallClock: runtime.wallClock, databaseNow: () => databaseNow(store.maintenance), log });
  const startedAt = clock.now();
  await registerSurface(app, {
    version: runtime.version,
    context,
    billingJobs: startJobs(context, metrics, cleanup),
    planMover: startMover(context, cleanup),
    failures,
    metrics,
    servePacks: gateway.routes,
    contract: readContract,
    uptimeSeconds: () => Math.floor((clock.now() - startedAt) / 1000),
    checks: () => checks({ ...state, gateway, clocks, now: clock.now(), maxAgeMs: config.snapshotMaxAgeSeconds * 1000 }),
    operatorConsole,
    settings: config,
  });
  await warnOfKeysOfOtherMode(db, mode, log);
  await seedPlans(context);
  await ensureOperatorKey(context, { deliver: hooks.deliverOperatorKey });
  cleanup.add(await keepRetention(store.maintenance, config, runtime), clocks.follow());
  const address = await listen(app, config);
  listening(address);
  cleanup.add(() => {
    state.draining = true;
    store.hurry();
    return closeServer(app);
  });
  return { app, gateway, db, address, close: () => cleanup.run(logFailure(log)) };
}

/** The control plane's context. */
function contextOf(
  { adminKey, snapshotMaxAgeSeconds }: Config,
  { clock, randomBytes, log }: Runtime,
  { gateway, failures, ...parts }: Pick<Context, 'db' | 'newId' | 'billing' | 'keyMode'> & { gateway: Gateway; failures: FailureLimit },
): Context {
  return {
    ...parts,
    clock,
    randomBytes,
    log,
    adminKey,
    limits: { of: gateway.limitsOf },
    changed: (change) => gateway.snapshot.accept(change),
    catchUp: () => gateway.snapshot.refresh(),
    snapshotMaxAgeSeconds,
    failedCredential: (request) => failures.count(request),
  };
}

/** Starts billing's background jobs and their metrics; null without billing. */
function startJobs(context: Context, metrics: GatewayMetrics, cleanup: Cleanup): BillingJobs | null {
  if (context.billing === null) return null;
  const jobs = startBilling(context);
  cleanup.add(() => jobs.stop());
  billingMetrics(metrics, jobs);
  return jobs;
}

function startMover(context: Context, cleanup: Cleanup): PlanMover {
  const mover = startPlanMover(context);
  cleanup.add(() => mover.stop());
  return mover;
}

/** One server for both planes. */
const openServer = (
  config: Config,
  runtime: Runtime,
  { operatorConsole, ...parts }: Pick<ServerOptions, 'metrics' | 'draining'> & { operatorConsole: OperatorConsole | null },
) =>
  createServer({
    ...parts,
    answerMissing: answerMissing(operatorConsole),
    logger: runtime.log,
    clock: runtime.clock,
    newRequestId: requestIdMaker(runtime.randomBytes),
    trustedProxyHops: config.trustedProxyHops,
    translateError: translateDatabaseError,
  });

/** The modes whose keys and subscriptions are valid. */
const modeOf = (billing: Context['billing']) => ({
  billingMode: billing?.mode ?? null,
  keyMode: billing === null || billing.mode === 'live' ? ('live' as const) : ('test' as const),
});

/** Dependencies of the data plane. */
interface GatewayParts extends Store {
  repeats: Repeats;
  metrics: GatewayMetrics;
  mode: ReturnType<typeof modeOf>;
  /** Where a consumer settles an open payment; null without billing. */
  billingUrl: () => string | null;
  newId: (prefix: string) => string;
  onLost: (error: Error) => void;
}

/** Connects the control plane's objects to the gateway's ports. */
async function startGateway(config: Config, runtime: Runtime, parts: GatewayParts): Promise<Gateway> {
  const { clock, log } = runtime;
  const { snapshots, leases, shipping, url, metrics, newId, onLost, repeats } = parts;
  let quarantined = 0;
  const onQuarantine = () => (quarantined += 1);
  const shipInBackground =
    runtime.shippingThread === null ? undefined : backgroundShipping(runtime.shippingThread, { url, repeats, onQuarantine, onLost });
  metrics.counter('api_factory_usage_quarantined_total', 'Usage records that the database refused.', () => quarantined);
  return createGateway({
    dataDir: config.dataDir,
    bootId: runtime.bootId,
    clock,
    log,
    metrics,
    newId,
    random: () => randomFraction(runtime.randomBytes),
    snapshots: createSnapshotSource(snapshots, parts.mode),
    leasesFor: (gatewayId) => createLeaseSource(leases, { gatewayId, bootId: runtime.bootId, newId }),
    sinkFor: (gatewayId) => createUsageSink(shipping, { gatewayId, onQuarantine, onSuperseded: onLost }),
    billingUrl: parts.billingUrl,
    fsyncMs: config.meterFsyncMs,
    disk: config.spoolDisk,
    snapshotMaxAgeMs: config.snapshotMaxAgeSeconds * 1000,
    overloadDelayMs: config.overloadDelayMs,
    heavyThreads: runtime.heavyThreads,
    ...(shipInBackground ? { shipInBackground } : {}),
  });
}
