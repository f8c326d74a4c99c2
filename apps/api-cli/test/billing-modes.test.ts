import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestSandbox, testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import { freshDatabase } from '@api-factory/control/testing/database';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, expectStatus } from './support/api.ts';
import { buildCommand, freePort, spawnServe, startCommand } from './support/process.ts';
import { aProduct } from './support/product.ts';
import { billingOf, sellerOf, stripeAt } from './support/selling.ts';

const cleanups: (() => unknown)[] = [];
beforeAll(buildCommand, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const aSandbox = async (): Promise<TestSandbox> => {
  const sandbox = await testSandbox();
  cleanups.push(() => sandbox.close());
  return sandbox;
};
const aDataDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'api-factory-modes-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
/** A response without its unique parts. */
const comparable = ({ status, body }: { status: number; body: { meta: unknown } }) => ({ status, body: { ...body, meta: null } });

describe('with billing off', () => {
  it('every billing route returns BILLING_OFF, and everything else works', async () => {
    const t = await aProduct({ BILLING: 'off' });
    cleanups.push(() => t.stop());
    const { key } = await t.issue();
    expect(key).toMatch(/^af_live_/);
    const headers = { authorization: `Bearer ${key}` };
    const responses = [
      await t.request('GET', '/api/billing/plans'),
      await t.request('POST', '/api/billing/checkout', { body: { plan: 'starter' } }),
      await t.request('GET', '/api/billing/checkout?session_id=cs_test_a'),
      await t.request('POST', '/api/billing/claim', { body: { sessionId: 'cs_test_a' } }),
      await t.request('POST', '/api/billing/portal', { headers }),
      await t.request('POST', '/api/stripe/webhook', { body: { id: 'evt_a' } }),
      await t.admin('POST', '/billing/push', {}),
      await t.admin('GET', '/billing/events'),
      await t.admin('POST', '/billing/events/evt_a/replay'),
      await t.admin('GET', '/billing/subscriptions'),
      await t.admin('GET', '/billing/drift'),
      await t.admin('GET', '/billing/flags'),
      await t.admin('POST', '/billing/reconcile'),
      await t.admin('POST', '/billing/test-webhook'),
      await t.admin('POST', '/billing/sandbox/advance', { seconds: 1 }),
    ];
    for (const { status, body } of responses)
      expect({ status, code: body.code }).toEqual({ status: responses[0]?.status, code: 'BILLING_OFF' });
    expect((await t.admin('GET', '/billing')).body.data).toMatchObject({ mode: 'off', keyMode: 'live' });
    expect((await t.call(key)).status).toBe(200);
    expect((await t.request('GET', '/api/admin/keys/me', { headers })).body.data).toMatchObject({ status: 'enabled', billing: null });
  });
});

describe('on one database', () => {
  it('a key of one billing mode is unknown in every other mode, and works again in its own', { timeout: 120_000 }, async () => {
    const database = await freshDatabase();
    cleanups.push(() => database.drop());
    const sandbox = await aSandbox();
    const inMode = async <T>(env: Record<string, string>, act: (t: Api) => Promise<T>): Promise<T> => {
      const t = await aProduct({ ...env, DATABASE_URL: database.url });
      try {
        return await act(t);
      } finally {
        await t.stop();
      }
    };
    const expectUnknown = async (t: Api, key: string) => {
      const refused = await t.call(key);
      expect(refused.body.code).toBe('INVALID_KEY');
      expect(comparable(refused)).toEqual(comparable(await t.call('af_test_nobody')));
      const portal = await t.request('POST', '/api/billing/portal', { headers: { authorization: `Bearer ${key}` } });
      expect(['INVALID_KEY', 'UNAUTHORIZED', 'BILLING_OFF']).toContain(portal.body.code);
    };

    const live = await inMode({ BILLING: 'off' }, async (t) => (await t.issue()).key);
    const bought = await inMode(billingOf(sandbox), async (t) => {
      await expectStatus(t.admin('POST', '/billing/push', {}), 200);
      const purchase = await sellerOf(t, sandbox).buy();
      expect((await t.call(purchase.key)).status).toBe(200);
      await expectUnknown(t, live);
      return purchase;
    });
    const sandboxKey = await inMode({ BILLING: 'sandbox' }, async (t) => {
      await expectUnknown(t, live);
      await expectUnknown(t, bought.key);
      const { key } = await t.issue();
      expect(key).toMatch(/^af_test_/);
      expect((await t.call(key)).status).toBe(200);
      expect((await t.admin('GET', '/billing/subscriptions')).body.data).toEqual([]);
      return key;
    });
    await inMode({ BILLING: 'off' }, async (t) => {
      expect((await t.call(live)).status).toBe(200);
      await expectUnknown(t, bought.key);
      await expectUnknown(t, sandboxKey);
    });
    await inMode(billingOf(sandbox), async (t) => {
      expect((await t.call(bought.key)).status).toBe(200);
      expect((await t.admin('GET', '/billing/subscriptions')).body.data).toMatchObject([{ id: bought.subscriptionId, access: 'active' }]);
      await expectUnknown(t, live);
    });
  });

  it('a live-mode event is rejected in test mode even with a valid signature', async () => {
    const sandbox = await aSandbox();
    const t = await aProduct(billingOf(sandbox));
    cleanups.push(() => t.stop());
    const send = (livemode: boolean) => {
      const text = JSON.stringify({
        id: `evt_${livemode}`,
        object: 'event',
        type: 'customer.updated',
        livemode,
        created: Math.floor(t.clock.now() / 1_000),
        data: { object: { id: 'cus_a', object: 'customer' } },
      });
      const signature = stripeAt(sandbox).webhooks.generateTestHeaderString({ payload: text, secret: sandbox.webhookSecret });
      return t.request('POST', '/api/stripe/webhook', { headers: { 'stripe-signature': signature }, text });
    };
    expect(await send(true)).toMatchObject({ status: 400, body: { code: 'WEBHOOK_NOT_VALID' } });
    expect(await send(false)).toMatchObject({ status: 200, body: { received: true } });
    const { data } = (await t.admin('GET', '/billing/events')).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual(['evt_false']);
  });
});

describe('the command', () => {
  it('starts a billing sandbox without any configuration, with files that only their owner can read, and sells a working key', {
    timeout: 120_000,
  }, async () => {
    const dataDir = aDataDir();
    const t = await startCommand({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir });
    cleanups.push(() => t.end('SIGTERM'));
    const { data } = (await t.admin('GET', '/billing')).body;
    expect(data).toMatchObject({ mode: 'sandbox', keyMode: 'test', sandboxUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    expect((await t.issue()).key).toMatch(/^af_test_/);
    const started = await expectStatus(t.request('POST', '/api/billing/checkout', { body: { plan: 'starter' } }), 201);
    const { sessionId } = started.body.data;
    const cookie = (started.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    await expectStatus(t.admin('POST', '/billing/sandbox/pay', { sessionId, outcome: 'pays' }), 200);
    const claimed = await expectStatus(t.request('POST', '/api/billing/claim', { headers: { cookie }, body: { sessionId } }), 201);
    expect((await t.call(claimed.body.data.key)).status).toBe(200);
    const files = readdirSync(join(dataDir, 'billing-sandbox'));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) expect(statSync(join(dataDir, 'billing-sandbox', name)).mode & 0o077, name).toBe(0);
  });

  it.each([
    ['another machine could reach the sandbox', { BILLING: 'sandbox', BIND_HOST: '0.0.0.0' }, 'BIND_HOST'],
    ['the sandbox is given a live Stripe key', { BILLING: 'sandbox', STRIPE_SECRET_KEY: `sk_live_${'a'.repeat(24)}` }, 'STRIPE_SECRET_KEY'],
    [
      'a live Stripe key would be sent to another host',
      {
        BILLING: 'stripe',
        STRIPE_SECRET_KEY: `sk_live_${'a'.repeat(24)}`,
        STRIPE_WEBHOOK_SECRET: `whsec_${'b'.repeat(24)}`,
        STRIPE_API_BASE: 'http://127.0.0.1:9',
      },
      'STRIPE_API_BASE',
    ],
  ])('does not start when %s', async (_when, env, variable) => {
    const { child, output } = spawnServe({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: aDataDir(), ...env });
    const [code] = await once(child, 'exit');
    expect(code).not.toBe(0);
    expect(output()).toContain(variable);
    expect(output()).not.toContain('aaaaaaaa');
  });

  it('has billing off by default with an external database', { timeout: 120_000 }, async () => {
    const database = await freshDatabase();
    cleanups.push(() => database.drop());
    const t = await startCommand({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: aDataDir(), DATABASE_URL: database.url });
    cleanups.push(() => t.end('SIGTERM'));
    expect((await t.admin('GET', '/billing')).body.data).toMatchObject({ mode: 'off', keyMode: 'live' });
  });
});
