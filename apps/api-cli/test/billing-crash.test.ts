import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestSandbox, testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import { openDatabase } from '@api-factory/control';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from './support/api.ts';
import { embeddedServer, embeddedUrl } from './support/embedded-server.ts';
import { buildCommand, freePort, type RunningCommand, startCommand } from './support/process.ts';
import { billingOf, type Purchase, sellerOf, stripeAt, until } from './support/selling.ts';

const cleanups: (() => unknown)[] = [];
let sandbox: TestSandbox;
let running: RunningCommand;
let env: Record<string, string> & { PORT: string };
/** The statuses of the webhook's responses, in order; 0 means no response. */
const statuses: number[] = [];

beforeAll(async () => {
  await buildCommand();
  sandbox = await testSandbox();
  cleanups.push(() => sandbox.close());
  const dataDir = mkdtempSync(join(tmpdir(), 'api-factory-billing-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  env = {
    PORT: String(await freePort()),
    API_FACTORY_DATA_DIR: dataDir,
    ADMIN_CALLS_PER_MINUTE: '100000',
    ...billingOf(sandbox),
  };
  sandbox.deliverTo(await recordingProxy(`http://127.0.0.1:${env.PORT}/api/stripe/webhook`));
  running = await startCommand(env);
  cleanups.push(() => running.end('SIGTERM'));
  await expectStatus(running.admin('POST', '/billing/push', {}), 200);
}, 180_000);
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A proxy between the sandbox and the webhook that records the response statuses. */
async function recordingProxy(target: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const headers = { 'stripe-signature': String(request.headers['stripe-signature']), 'content-type': 'application/json' };
    const status = await fetch(target, { method: 'POST', headers, body }).then(
      (received) => received.status,
      () => 0,
    );
    statuses.push(status);
    response.writeHead(status || 502).end();
  });
  cleanups.push(() => server.close());
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  return `http://127.0.0.1:${port}/`;
}

const buy = (): Promise<Purchase> => sellerOf(running, sandbox).buy();
const verdict = (key: string): Promise<string> => sellerOf(running, sandbox).verdict(key);
const inbox = async () => (await running.admin('GET', '/billing')).body.data.inbox;
const isReady = async (): Promise<boolean> => (await running.request('GET', '/_api/readyz')).status === 200;
const events = async (): Promise<{ id: string; type: string; state: string; source: string }[]> =>
  (await running.admin('GET', '/billing/events?limit=1000')).body.data;

describe('the product with its embedded database', () => {
  it('returns 503 for an event while the database is down, and stores the event when Stripe resends it', {
    timeout: 120_000,
  }, async () => {
    const bought = await buy();
    const { id } = sandbox.controls.openDispute(bought);
    await until(async () => (await verdict(bought.key)) === '403 KEY_SUSPENDED');
    await sandbox.idle();
    statuses.splice(0);
    let disputeStatus = 'needs_response';
    while (!statuses.includes(503)) {
      process.kill(embeddedServer(env.API_FACTORY_DATA_DIR as string).pid, 'SIGKILL');
      await until(async () => !(await isReady()));
      disputeStatus = disputeStatus === 'won' ? 'under_review' : 'won';
      sandbox.controls.setDispute({ disputeId: id, status: disputeStatus });
      await until(async () => statuses.length > 0);
      await until(isReady);
    }
    if (disputeStatus !== 'won') sandbox.controls.setDispute({ disputeId: id, status: 'won' });
    await sandbox.idle();
    expect(statuses.at(-1)).toBe(200);
    const sent = sandbox.controls.events().filter(({ type }) => type.startsWith('charge.dispute.'));
    expect(sent.every(({ delivered }) => delivered > 0)).toBe(true);
    await until(async () => (await verdict(bought.key)) === '200');
    const stored = new Set((await events()).map((event) => event.id));
    expect(sent.filter((event) => !stored.has(event.id))).toEqual([]);
  });

  it('settles pending events after being killed and restarted', { timeout: 120_000 }, async () => {
    const bought = await buy();
    await until(async () => (await inbox()).pending === 0);
    await sandbox.idle();
    sandbox.controls.failRequests({ with: 500, times: 100_000 });
    sandbox.controls.setStatus({ subscriptionId: bought.subscriptionId, status: 'unpaid' });
    await sandbox.idle();
    expect((await inbox()).pending).toBeGreaterThan(0);
    // If killed during a sync, it would have to wait a minute for the sync's lease to expire.
    await until(() => betweenAttempts(bought.customerId));
    expect(await running.end('SIGKILL')).toBe(null);
    sandbox.controls.failRequests({ with: 500, times: 0 });
    running = await startCommand(env);
    await until(async () => (await inbox()).pending === 0);
    await until(async () => (await verdict(bought.key)) === '403 KEY_SUSPENDED');
    const [last] = await events();
    expect(last).toMatchObject({ type: 'customer.subscription.updated', source: 'webhook', state: 'done' });
  });

  it('matches Stripe after two days of downtime in which no event was delivered', { timeout: 120_000 }, async () => {
    const [cancelled, disputed, paying] = [await buy(), await buy(), await buy()];
    await sandbox.idle();
    await until(async () => (await inbox()).pending === 0);
    expect(await running.end('SIGTERM')).toBe(0);
    sandbox.controls.delivery({ mode: 'drop' });
    await stripeAt(sandbox).subscriptions.cancel(cancelled.subscriptionId);
    sandbox.controls.openDispute(disputed);
    sandbox.controls.advance({ seconds: 2 * 86_400 });
    sandbox.controls.delivery({ mode: 'normal' });
    running = await startCommand(env);
    await until(async () => (await verdict(cancelled.key)) === '401 INVALID_KEY');
    await until(async () => (await verdict(disputed.key)) === '403 KEY_SUSPENDED');
    expect(await verdict(paying.key)).toBe('200');
    const found = (await events()).filter(({ source }) => source === 'reconcile').map(({ type }) => type);
    expect(found).toEqual(expect.arrayContaining(['customer.subscription.deleted', 'charge.dispute.created']));
    expect((await running.admin('GET', '/billing')).body.data.drift.total).toBe(0);
  });
});

/** Whether syncing the customer has failed several times and no attempt is running. */
async function betweenAttempts(customerId: string): Promise<boolean> {
  const db = openDatabase(embeddedUrl(env.API_FACTORY_DATA_DIR as string));
  try {
    const { rows } = await sql<{ free: boolean }>`
      select failures >= 2 and lease_until is null and wanted_at > now() + interval '1 second' as free from stripe_customers
      where id = ${customerId}`.execute(db);
    return rows[0]?.free === true;
  } finally {
    await db.destroy();
  }
}
