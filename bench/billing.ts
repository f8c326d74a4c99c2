/**
 * How fast changes in Stripe take effect: accepting a webhook, the time from a webhook to the first
 * refused call, and draining a queue. The built product runs in its own process, the sandbox stands
 * in for Stripe in this one. Compared with a request that does nothing and one that reads the
 * database. Option: --samples 100
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort, startCommand } from '../apps/api-cli/test/support/process.ts';
import { startSandbox } from '../packages/billing-sandbox/src/index.ts';
import { median, printTable } from './table.ts';

const { values } = parseArgs({ options: { samples: { type: 'string', default: '100' } } });
const SAMPLES = Number(values.samples);
const QUEUED = 1_000;
const WEBHOOK = '/api/stripe/webhook';

const dataDir = await mkdtemp(join(tmpdir(), 'bench-billing-'));
const sandbox = await startSandbox({ clock: Date, randomBytes, directory: null, port: 0 });
const product = await startCommand({
  PORT: String(await freePort()),
  API_FACTORY_DATA_DIR: dataDir,
  LOG_LEVEL: 'warn',
  ADMIN_CALLS_PER_MINUTE: '1000000',
  BILLING: 'stripe',
  STRIPE_SECRET_KEY: sandbox.secretKey,
  STRIPE_WEBHOOK_SECRET: sandbox.webhookSecret,
  STRIPE_API_BASE: sandbox.url,
});

/** Checkout, payment and claim, over HTTP. */
async function buy(): Promise<{ key: string; subscriptionId: string; customerId: string }> {
  sandbox.deliverTo(`${product.address}${WEBHOOK}`);
  const checkout = await product.request('POST', '/api/billing/checkout', { body: { plan: 'enterprise' } });
  const { sessionId } = checkout.body.data;
  const cookie = String(checkout.headers.get('set-cookie')).split(';', 1)[0] as string;
  await sandbox.controls.pay({ sessionId, outcome: 'pays', email: 'bench@example.com' });
  const state = async () => (await product.request('GET', `/api/billing/checkout?session_id=${sessionId}`)).body.data.state;
  while ((await state()) !== 'ready') await pause(20);
  const { data } = (await product.request('POST', '/api/billing/claim', { body: { sessionId }, headers: { cookie } })).body;
  const { data: key } = (await product.admin('GET', `/keys/${data.id}`)).body;
  const { data: subscriptions } = (await product.admin('GET', `/billing/subscriptions?consumer=${key.consumerId}`)).body;
  return { key: data.key, subscriptionId: key.subscriptionId, customerId: subscriptions[0].customerId };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function series(count: number, work: () => Promise<unknown>): Promise<number[]> {
  for (let i = 0; i < 20; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(work));
  return times;
}

async function benchAccept({ customerId }: { customerId: string }): Promise<void> {
  const webhooks = await series(SAMPLES * 5, () => post(eventOf('customer.updated', customerId, 'customer')));
  const idle = await series(SAMPLES * 5, () => product.request('GET', '/_api/livez'));
  const reading = await series(SAMPLES * 5, () => product.admin('GET', '/plans'));
  printTable(
    'Webhook accepted, one at a time, milliseconds (target: 10 at the median)',
    ['request', 'median', 'p99', '÷ livez'],
    [
      ['signed webhook, stored', ...shown(webhooks), ratio(webhooks, idle)],
      ['GET /_api/livez', ...shown(idle), '1.0'],
      ['GET /api/admin/plans', ...shown(reading), ratio(reading, idle)],
    ],
  );
}

/** The time from a status change in Stripe, which sends a webhook, to the first affected call. */
async function benchRefusal({ key, subscriptionId }: { key: string; subscriptionId: string }): Promise<void> {
  const toRefused: number[] = [];
  const toAllowed: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    toRefused.push(await timed(() => changed(subscriptionId, 'unpaid', key, 403)));
    toAllowed.push(await timed(() => changed(subscriptionId, 'active', key, 200)));
  }
  printTable(
    'From the webhook to the first call it affects, milliseconds (target: 1,000 at p99)',
    ['change', 'median', 'p99', 'slowest'],
    [
      ['unpaid → 403', ...shown(toRefused), round(Math.max(...toRefused))],
      ['active → 200', ...shown(toAllowed), round(Math.max(...toAllowed))],
    ],
  );
}

async function changed(subscriptionId: string, status: string, key: string, expected: number): Promise<void> {
  await sandbox.controls.setStatus({ subscriptionId, status });
  while ((await product.call(key)).status !== expected);
}

/** Sends one event per customer at once and waits until none is pending. */
async function benchDrain(): Promise<void> {
  await sandbox.idle();
  await sandbox.controls.delivery({ mode: 'hold' });
  const from = (await sandbox.controls.events()).length;
  const customers = await subscribe(QUEUED);
  const eventIdOf = new Map((await sandbox.controls.events()).slice(from).map(({ id, type, customer }) => [`${customer} ${type}`, id]));
  const eventIds = customers.map((id) => eventIdOf.get(`${id} customer.subscription.created`) as string);
  if (eventIds.includes(undefined as never)) throw new Error('a subscription was created without its event');
  const sending = await timed(() => sandbox.controls.deliver({ eventIds, parallel: true }));
  const waiting = await timed(async () => {
    while ((await product.admin('GET', '/billing')).body.data.inbox.pending > 0) await pause(50);
  });
  const { data } = (await product.admin('GET', '/billing/subscriptions?access=active&limit=1000')).body;
  console.log(
    `\n${QUEUED} events of ${QUEUED} customers: sent in ${round(sending / 1000)} s, drained ${round(waiting / 1000)} s after that ` +
      `(target: 30 s); ${data.length} active subscriptions are on the page of 1,000`,
  );
}

async function subscribe(count: number): Promise<string[]> {
  const headers = { authorization: `Bearer ${sandbox.secretKey}`, 'content-type': 'application/x-www-form-urlencoded' };
  const create = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${sandbox.url}/v1/${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) });
    if (!answer.ok) throw new Error(`${path} returned ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { id: string };
  };
  const { data } = (await product.admin('POST', '/billing/push', {})).body;
  const { priceId } = data.find(({ plan }: { plan: string }) => plan === 'starter');
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { id } = await create('customers', {
      email: `bench-${i}@example.com`,
      payment_method: 'pm_card_visa',
      'invoice_settings[default_payment_method]': 'pm_card_visa',
    });
    await create('subscriptions', { customer: id, 'items[0][price]': priceId });
    ids.push(id);
  }
  return ids;
}

let eventCount = 0;

const eventOf = (type: string, id: string, object: string) =>
  JSON.stringify({
    id: `evt_bench_${++eventCount}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    type,
    data: { object: { id, object } },
  });

async function post(text: string): Promise<void> {
  const t = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', sandbox.webhookSecret).update(`${t}.${text}`).digest('hex');
  const { status } = await product.request('POST', WEBHOOK, { text, headers: { 'stripe-signature': `t=${t},v1=${v1}` } });
  if (status !== 200) throw new Error(`the webhook returned ${status}`);
}

const round = (value: number): string => value.toFixed(1);
const p99 = (times: number[]): number => [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
const shown = (times: number[]): string[] => [round(median(times)), round(p99(times))];
const ratio = (times: number[], base: number[]): string => round(median(times) / median(base));

try {
  await product.admin('POST', '/billing/push', {});
  const bought = await buy();
  await benchAccept(bought);
  await benchRefusal(bought);
  await benchDrain();
} finally {
  await product.end('SIGTERM');
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
}
