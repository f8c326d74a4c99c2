import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminClient, listUpTo } from '../client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type Columns, table } from './table.ts';
import { FailedCommand, outJson, type Terminal } from './terminal.ts';

const ASK_EVERY_MS = 500;

interface Report {
  startedAt: string;
  finishedAt: string | null;
  events: number;
  customers: number;
  total: number;
  drift: number;
  error: string | null;
}

interface Status {
  mode: string;
  keyMode: string;
  webhook: {
    secrets: number;
    lastReceivedAt: string | null;
    lastEventAt: string | null;
    lastRefusedAt: string | null;
    lastRefusal: string | null;
    apiVersion: string | null;
    expectedApiVersion: string;
  } | null;
  inbox: { pending: number; dead: number };
  drift: { total: number; lastAt: string | null };
  reconcile: Report | null;
  lastSweptAt: string | null;
  sandboxUrl: string | null;
  graceDays: number | null;
}

interface Event {
  id: string;
  type: string;
  state: string;
  customerId: string | null;
  attempts: number;
  lastError: string | null;
  receivedAt: string;
}

interface Subscription {
  id: string;
  customerId: string;
  consumerId: string | null;
  entitlementId: string | null;
  status: string;
  access: string;
  plan: string | null;
  graceUntil: string | null;
  currentPeriodEnd: string | null;
  cancelAt: string | null;
}

export interface EventOptions extends ConnectionOptions {
  state?: string;
  limit: number;
}

export interface SubscriptionOptions extends ConnectionOptions {
  consumer?: string;
  access?: string;
  limit: number;
}

export async function showStatus(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.get<Status>('/billing');
  if (options.json) return outJson(terminal, data);
  terminal.out(table(statusLines(data), { WHAT: ([what]) => what, IS: ([, is]) => is }));
  if (data.mode === 'off') terminal.say('Billing is off. Turn it on with BILLING=stripe, or BILLING=sandbox to try it.');
}

function statusLines({ webhook, inbox, drift, reconcile, ...status }: Status): [string, string | null][] {
  const refused = webhook?.lastRefusedAt ? `${webhook.lastRefusedAt}: ${webhook.lastRefusal ?? ''}` : null;
  return [
    ['mode', status.mode],
    ['keys of mode', status.keyMode],
    ['sandbox', status.sandboxUrl],
    ['grace days', status.graceDays === null ? null : String(status.graceDays)],
    ['webhook secrets', webhook === null ? null : String(webhook.secrets)],
    ['last webhook', webhook?.lastReceivedAt ?? null],
    ['last event', webhook?.lastEventAt ?? null],
    ['last refusal', refused],
    ['API version', webhook?.apiVersion ?? null],
    ['API version expected', webhook?.expectedApiVersion ?? null],
    ['events pending', String(inbox.pending)],
    ['events dead', String(inbox.dead)],
    ['drift found', drift.lastAt === null ? String(drift.total) : `${drift.total}, last ${drift.lastAt}`],
    ['last sweep', reconcile !== null && reconcile.finishedAt === null ? 'running' : status.lastSweptAt],
  ];
}

export async function listEvents(options: EventOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { state, limit } = options;
  const events = await listUpTo<Event>(client, '/billing/events', { state, limit });
  if (options.json) return outJson(terminal, events);
  terminal.out(table(events, EVENT_COLUMNS));
}

export async function replayEvent(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.send<Event>('POST', `/billing/events/${encodeURIComponent(id)}/replay`);
  if (options.json) return outJson(terminal, data);
  terminal.out(table([data], EVENT_COLUMNS));
}

export async function listSubscriptions(options: SubscriptionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { consumer, access, limit } = options;
  const subscriptions = await listUpTo<Subscription>(client, '/billing/subscriptions', { consumer, access, limit });
  if (options.json) return outJson(terminal, subscriptions);
  terminal.out(table(subscriptions, SUBSCRIPTION_COLUMNS));
}

export async function syncConsumer(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const path = `/billing/sync/${encodeURIComponent(id)}`;
  const { data } = await client.send<{ customerId: string; subscriptions: Subscription[] }>('POST', path);
  if (options.json) outJson(terminal, data);
  else terminal.out(table(data.subscriptions, SUBSCRIPTION_COLUMNS));
  terminal.say(`${id} is ${data.customerId} at Stripe, and stands as it says there.`);
}

/** Starts a sweep, or joins the one that runs, and tells how far it is until it is through. */
export async function reconcile(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: begun } = await client.send<Report>('POST', '/billing/reconcile');
  const report = await finished(client, begun, terminal);
  if (options.json) outJson(terminal, report);
  else terminal.out(table([report], REPORT_COLUMNS));
  if (report.error !== null) throw new FailedCommand(`The sweep failed: ${report.error}`);
  terminal.say(
    report.drift === 0
      ? 'Nothing differed but what events had told already.'
      : `${report.drift} differed; each is written down and repaired.`,
  );
}

async function finished(client: AdminClient, begun: Report, terminal: Terminal): Promise<Report> {
  let told = '';
  for (;;) {
    const { reconcile: report } = (await client.get<Status>('/billing')).data;
    // An older report, until the sweep that was asked for begins.
    const ours = report !== null && report.startedAt >= begun.startedAt ? report : null;
    if (ours !== null && ours.finishedAt !== null) return ours;
    if (ours === null && told.includes(' of ')) throw new FailedCommand('The sweep is gone: the product was started anew. Run this again.');
    const progress = ours === null ? 'waiting for the sweep to begin' : `${ours.customers} of ${ours.total} customers`;
    if (progress !== told) terminal.say(progress);
    told = progress;
    await sleep(ASK_EVERY_MS);
  }
}

export async function testWebhook(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.send<{ status: number; milliseconds: number; eventId: string }>('POST', '/billing/test-webhook');
  if (options.json) outJson(terminal, data);
  else terminal.out(table([data], { STATUS: (row) => row.status, MS: (row) => row.milliseconds, EVENT: (row) => row.eventId }));
  if (data.status === 200) {
    return terminal.say(
      'The address fits, and what stands in front lets events through unchanged. Whether the secret is Stripe’s shows with its next event: api-factory billing status',
    );
  }
  throw new FailedCommand(
    data.status === 0
      ? 'The webhook gave no answer under the public address. Check PUBLIC_URL and what stands in front of the product.'
      : `The webhook answered ${data.status}. Check PUBLIC_URL, and that what stands in front of the product does not change the body.`,
  );
}

/** Passes one control on to the sandbox. */
export async function driveSandbox(
  { control, input }: { control: string; input: object },
  options: ConnectionOptions,
  terminal: Terminal,
): Promise<void> {
  const client = await connect(options, terminal);
  outJson(terminal, (await client.send('POST', `/billing/sandbox/${encodeURIComponent(control)}`, input)).data);
}

const EVENT_COLUMNS: Columns<Event> = {
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

const REPORT_COLUMNS: Columns<Report> = {
  STARTED: (row) => row.startedAt,
  FINISHED: (row) => row.finishedAt,
  EVENTS: (row) => row.events,
  CUSTOMERS: (row) => row.customers,
  DRIFT: (row) => row.drift,
};
