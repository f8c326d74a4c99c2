import { setTimeout as sleep } from 'node:timers/promises';
import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { type Columns, table } from './table.ts';
import { counted, FailedCommand, outJson, type Terminal } from './terminal.ts';

const POLL_INTERVAL_MS = 500;

type Status = sdk.GetBillingResponse['data'];
type SweepReport = sdk.ReconcileBillingResponse['data'];
type BillingEvent = sdk.ListBillingEventsResponse['data'][number];
type Subscription = sdk.ListSubscriptionsResponse['data'][number];

export async function showStatus(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: status } = (await sdk.getBilling({ client })).data;
  if (options.json) return outJson(terminal, status);
  terminal.out(table(statusRows(status), { FIELD: ([name]) => name, VALUE: ([, value]) => value }));
  if (status.mode === 'off') terminal.say('Billing is off. Turn it on with BILLING=stripe, or try it with BILLING=sandbox.');
}

function statusRows({ webhook, inbox, drift, reconcile, ...status }: Status): [string, string | null][] {
  const refusal = webhook?.lastRefusedAt ? `${webhook.lastRefusedAt}: ${webhook.lastRefusal ?? ''}` : null;
  return [
    ['mode', status.mode],
    ['keys’ mode', status.keyMode],
    ['sandbox', status.sandboxUrl],
    ['grace days', status.graceDays === null ? null : String(status.graceDays)],
    ['webhook secrets', webhook === null ? null : String(webhook.secrets)],
    ['last webhook', webhook?.lastReceivedAt ?? null],
    ['last event', webhook?.lastEventAt ?? null],
    ['last refusal', refusal],
    ['API version', webhook?.apiVersion ?? null],
    ['API version expected', webhook?.expectedApiVersion ?? null],
    ['events pending', String(inbox.pending)],
    ['events dead', String(inbox.dead)],
    ['drift found', drift.lastAt === null ? String(drift.total) : `${drift.total}, last ${drift.lastAt}`],
    ['last sweep', reconcile !== null && reconcile.finishedAt === null ? 'running' : status.lastSweptAt],
  ];
}

export const listEvents = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listBillingEvents, columns: EVENT_COLUMNS }, options, terminal);

export async function replayEvent(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: event } = (await sdk.replayBillingEvent({ client, path: { id } })).data;
  if (options.json) return outJson(terminal, event);
  terminal.out(table([event], EVENT_COLUMNS));
}

export const listSubscriptions = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listSubscriptions, columns: SUBSCRIPTION_COLUMNS }, options, terminal);

export async function syncConsumer(consumerId: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: synced } = (await sdk.syncConsumer({ client, path: { consumerId } })).data;
  if (options.json) outJson(terminal, synced);
  else terminal.out(table(synced.subscriptions, SUBSCRIPTION_COLUMNS));
  terminal.say(`${consumerId} is in sync with Stripe customer ${synced.customerId}.`);
}

/** Starts a sweep, or joins the running one, and prints its progress until it finishes. */
export async function reconcile(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: started } = (await sdk.reconcileBilling({ client })).data;
  const report = await waitForSweep(client, started.startedAt, terminal);
  if (options.json) outJson(terminal, report);
  else terminal.out(table([report], REPORT_COLUMNS));
  if (report.error !== null) throw new FailedCommand(`The sweep failed: ${report.error}`);
  if (report.drift === 0) return terminal.say('No drift: the stored state matches Stripe.');
  terminal.say(`Drift found and corrected for ${counted(report.drift, 'customer')}.`);
}

async function waitForSweep(client: sdk.Client, startedAt: string, terminal: Terminal): Promise<SweepReport> {
  let lastProgress = '';
  let running = false;
  for (;;) {
    const { reconcile: latest } = (await sdk.getBilling({ client })).data.data;
    // Ignores the report of an earlier sweep, which is returned until this one starts.
    const report = latest !== null && latest.startedAt >= startedAt ? latest : null;
    if (report !== null && report.finishedAt !== null) return report;
    if (report === null && running) throw new FailedCommand('The product restarted during the sweep. Run the command again.');
    running = report !== null;
    const progress =
      report === null
        ? 'waiting for the sweep to start'
        : report.total === 0
          ? 'counting customers'
          : `${report.customers} of ${report.total} customers`;
    if (progress !== lastProgress) terminal.say(progress);
    lastProgress = progress;
    await sleep(POLL_INTERVAL_MS);
  }
}

export async function testWebhook(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: result } = (await sdk.testWebhook({ client })).data;
  if (options.json) outJson(terminal, result);
  else terminal.out(table([result], { STATUS: (row) => row.status, MS: (row) => row.milliseconds, EVENT: (row) => row.eventId }));
  if (result.status === 200) {
    return terminal.say(
      'Webhook delivered: PUBLIC_URL is right, and your proxy passes events on unchanged. This does not check that the secret is Stripe’s: ' +
        'after Stripe’s next event, run api-factory billing status.',
    );
  }
  throw new FailedCommand(
    result.status === 0
      ? 'The webhook did not answer at the public address. Check PUBLIC_URL and your proxy.'
      : `The webhook answered ${result.status}. Check PUBLIC_URL, and that your proxy does not change the body.`,
  );
}

/** Sends a control, such as `advance`, to the billing sandbox. */
export async function driveSandbox(
  { control, input }: { control: string; input: Record<string, unknown> },
  options: ConnectionOptions,
  terminal: Terminal,
): Promise<void> {
  const client = await connect(options, terminal);
  outJson(terminal, (await sdk.driveSandbox({ client, path: { control }, body: input })).data.data);
}

const EVENT_COLUMNS: Columns<BillingEvent> = {
  ID: (row) => row.id,
  TYPE: (row) => row.type,
  STATE: (row) => row.state,
  CUSTOMER: (row) => row.customerId,
  RECEIVED: (row) => row.receivedAt,
  ATTEMPTS: (row) => row.attempts,
  ERROR: (row) => row.lastError,
};

const SUBSCRIPTION_COLUMNS: Columns<Subscription> = {
  ID: (row) => row.id,
  CONSUMER: (row) => row.consumerId,
  ENTITLEMENT: (row) => row.entitlementId,
  PLAN: (row) => row.plan,
  STATUS: (row) => row.status,
  ACCESS: (row) => row.access,
  'GRACE UNTIL': (row) => row.graceUntil,
  'PERIOD ENDS': (row) => row.currentPeriodEnd,
  'CANCELS AT': (row) => row.cancelAt,
};

const REPORT_COLUMNS: Columns<SweepReport> = {
  STARTED: (row) => row.startedAt,
  FINISHED: (row) => row.finishedAt,
  EVENTS: (row) => row.events,
  CUSTOMERS: (row) => row.customers,
  DRIFT: (row) => row.drift,
};
