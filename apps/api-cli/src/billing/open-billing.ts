import { join } from 'node:path';
import type { Sandbox } from '@api-factory/billing-sandbox';
import { type Billing, type BillingJobs, countKeysOfOtherMode, createStripeClient, type Database, type Modes } from '@api-factory/control';
import type { Cleanup, GatewayMetrics } from '@api-factory/gateway';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';

/** Billing before the product listens, and what to tell it once it does. */
export interface OpenedBilling {
  /** null: off. */
  billing: Billing | null;
  /**
   * `address` is where the product listens: buyers come back to it without a PUBLIC_URL, and the
   * sandbox sends its events there.
   */
  listening: (address: string) => void;
}

/** Makes the client of Stripe, or starts the sandbox and a client of that. */
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
 * Beside the product's own port, so that its address stays the same; on any other when that one is
 * taken.
 */
async function openSandbox({ dataDir, port }: Config, { wallClock, randomBytes, log }: Runtime): Promise<Sandbox> {
  // Loaded only where it runs.
  const { startSandbox } = await import('@api-factory/billing-sandbox');
  const start = (at: number) =>
    startSandbox({ clock: { now: wallClock }, randomBytes, directory: join(dataDir, 'billing-sandbox'), port: at });
  if (port === 0 || port === 65_535) return start(0);
  try {
    return await start(port + 1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const sandbox = await start(0);
    log.warn(
      `port ${port + 1} is taken, so the billing sandbox listens on ${new URL(sandbox.url).port} until the next start: links to its pages from before do not work meanwhile`,
    );
    return sandbox;
  }
}

/**
 * After a switch of mode, or a first start in the sandbox, keys that worked before are refused: the
 * operator must not have to guess why.
 */
export async function warnOfKeysOfOtherMode(db: Database, modes: Modes, log: Runtime['log']): Promise<void> {
  const keys = await countKeysOfOtherMode(db, modes);
  if (keys === 0) return;
  const here = modes.billingMode === null ? 'billing is off' : `billing runs in mode ${modes.billingMode}`;
  log.warn(
    { keys },
    `${keys} ${keys === 1 ? 'key is' : 'keys are'} of another billing mode and refused: ${here}. BILLING decides; see docs/billing.md`,
  );
}

/** What of billing an operator watches. */
export function billingMetrics(metrics: GatewayMetrics, { state }: BillingJobs): void {
  metrics.add({
    name: 'api_factory_billing_events_total',
    help: 'Events of Stripe by what became of them since the start: done, ignored, dead.',
    type: 'counter',
    read: () => samplesOf('state', state().counters.events),
  });
  metrics.counter(
    'api_factory_billing_events_caught_up_total',
    'Events that no webhook had brought when the reconciliation found them at Stripe.',
    () => state().counters.caughtUp,
  );
  metrics.counter(
    'api_factory_billing_drift_total',
    'Consumers whose state differed from Stripe’s without an event.',
    () => state().counters.drift,
  );
  metrics.counter(
    'api_factory_billing_failures_total',
    'Looks at Stripe that failed and are tried again.',
    () => state().counters.failures,
  );
  metrics.gauge('api_factory_billing_events_pending', 'Events of Stripe that wait.', () => state().pending);
  metrics.gauge('api_factory_billing_events_dead', 'Events of Stripe that were given up; an operator can replay them.', () => state().dead);
  metrics.add({
    name: 'api_factory_billing_subscriptions',
    help: 'Subscriptions by access; counted once a minute.',
    type: 'gauge',
    read: () => samplesOf('access', state().subscriptions),
  });
  metrics.gauge('api_factory_billing_last_webhook_timestamp_seconds', 'When the last webhook was taken; 0: none ever was.', () =>
    secondsOf(state().lastWebhookAt),
  );
  metrics.gauge(
    'api_factory_billing_last_reconcile_timestamp_seconds',
    'When all of Stripe’s events were last read from its list; 0: never.',
    () => secondsOf(state().lastReconciledAt),
  );
}

const samplesOf = (label: string, counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const secondsOf = (at: Date | null): number => (at === null ? 0 : at.getTime() / 1000);
