import { join } from 'node:path';
import type { Sandbox } from '@api-factory/billing-sandbox';
import { type Billing, type BillingJobs, countKeysOfOtherMode, createStripeClient, type Database, type Modes } from '@api-factory/control';
import type { Cleanup, GatewayMetrics } from '@api-factory/gateway';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';

/** Billing before the product listens, and a callback for once it does. */
export interface OpenedBilling {
  /** null: off. */
  billing: Billing | null;
  /**
   * `address` is the product's listening address: without a PUBLIC_URL buyers return to it, and the
   * sandbox sends its events there.
   */
  listening: (address: string) => void;
}

/** Creates the Stripe client, or starts the sandbox and creates a client for it. */
export async function openBilling(config: Config, runtime: Runtime, cleanup: Cleanup): Promise<OpenedBilling> {
  let origin = config.publicUrl ?? '';
  const shared = { graceDays: config.graceDays, portalByKey: config.portalByKey, publicUrl: () => origin, wallClock: runtime.wallClock };
  const { billing } = config;
  if (billing.kind === 'off') {
    if (billing.hint !== null) runtime.log.warn(billing.hint);
    return { billing: null, listening: () => {} };
  }
  if (billing.kind === 'stripe') {
    const { mode, webhookSecrets } = billing;
    return {
      billing: { ...shared, mode, stripe: createStripeClient(billing), webhookSecrets, sandbox: null },
      listening: (address) => (origin ||= address),
    };
  }
  const sandbox = await openSandbox(config, runtime);
  cleanup.add(() => sandbox.close());
  runtime.log.info({ address: sandbox.url }, `billing sandbox ready at ${sandbox.url}: no money moves`);
  const stripe = createStripeClient({ secretKey: sandbox.secretKey, apiBase: sandbox.url });
  return {
    billing: {
      ...shared,
      mode: 'sandbox',
      stripe,
      webhookSecrets: [sandbox.webhookSecret],
      sandbox: { url: sandbox.url, token: sandbox.token },
    },
    listening: (address) => {
      origin ||= address;
      sandbox.deliverTo(`${address}/api/stripe/webhook`);
    },
  };
}

/**
 * Starts on the port after the product's, so that its address is stable, or on any free port when
 * that one is in use.
 */
async function openSandbox({ dataDir, port }: Config, { wallClock, randomBytes, log }: Runtime): Promise<Sandbox> {
  // Loaded only when it is used.
  const { startSandbox } = await import('@api-factory/billing-sandbox');
  const start = (sandboxPort: number) =>
    startSandbox({ clock: { now: wallClock }, randomBytes, directory: join(dataDir, 'billing-sandbox'), port: sandboxPort });
  if (port === 0 || port === 65_535) return start(0);
  try {
    return await start(port + 1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const sandbox = await start(0);
    log.warn(
      `port ${port + 1} is in use, so the billing sandbox listens on ${new URL(sandbox.url).port} until the next start; older links to its pages do not work until then`,
    );
    return sandbox;
  }
}

/**
 * After a change of the billing mode, existing keys of the other mode are refused. The warning
 * tells the operator why.
 */
export async function warnOfKeysOfOtherMode(db: Database, modes: Modes, log: Runtime['log']): Promise<void> {
  const keys = await countKeysOfOtherMode(db, modes);
  if (keys === 0) return;
  const here = modes.billingMode === null ? 'billing is off' : `billing runs in mode ${modes.billingMode}`;
  log.warn(
    { keys },
    `${keys} ${keys === 1 ? 'key belongs to another billing mode and is' : 'keys belong to another billing mode and are'} refused: ${here}. BILLING sets the mode; see docs/billing.md`,
  );
}

/** Registers the billing metrics. */
export function billingMetrics(metrics: GatewayMetrics, { state }: BillingJobs): void {
  metrics.add({
    name: 'api_factory_billing_events_total',
    help: 'Stripe events since start, by outcome: done, ignored, dead.',
    type: 'counter',
    read: () => samplesOf('state', state().counters.events),
  });
  metrics.counter(
    'api_factory_billing_events_caught_up_total',
    'Stripe events that reconciliation found before a webhook delivered them.',
    () => state().counters.caughtUp,
  );
  metrics.counter(
    'api_factory_billing_drift_total',
    'Consumers whose state differed from Stripe without a pending event.',
    () => state().counters.drift,
  );
  metrics.counter('api_factory_billing_failures_total', 'Failed Stripe syncs, which are retried.', () => state().counters.failures);
  metrics.gauge('api_factory_billing_events_pending', 'Pending Stripe events.', () => state().pending);
  metrics.gauge(
    'api_factory_billing_events_dead',
    'Stripe events that exhausted their retries; an operator can replay them.',
    () => state().dead,
  );
  metrics.add({
    name: 'api_factory_billing_subscriptions',
    help: 'Subscriptions by access; counted once a minute.',
    type: 'gauge',
    read: () => samplesOf('access', state().subscriptions),
  });
  metrics.gauge('api_factory_billing_last_webhook_timestamp_seconds', 'When the last webhook was received; 0: never.', () =>
    secondsOf(state().lastWebhookAt),
  );
  metrics.gauge(
    'api_factory_billing_last_reconcile_timestamp_seconds',
    'When the list of Stripe events was last read completely; 0: never.',
    () => secondsOf(state().lastReconciledAt),
  );
}

const samplesOf = (label: string, counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const secondsOf = (at: Date | null): number => (at === null ? 0 : at.getTime() / 1000);
