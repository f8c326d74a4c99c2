import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf, openShop } from './engine/testing/shop.ts';
import { startSandbox } from './index.ts';
import { openStateFile } from './state-file.ts';

const options = { clock: { now: () => Date.now() }, randomBytes: (n: number) => new Uint8Array(randomBytes(n)), directory: null, port: 0 };

describe('a sandbox with a directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'billing-sandbox-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('a restart keeps the state, the secrets and the time', async () => {
    const shop = await openShop({ directory });
    const { session, subscription } = await shop.buy();
    shop.sandbox.controls.advance({ seconds: 86_400 });
    const { frozen_time: before } = await shop.stripe.testHelpers.testClocks.retrieve('clock_sandbox');
    await shop.sandbox.close();
    const again = await startSandbox({ ...options, clock: shop.clock, directory });
    const stripe = clientOf(again);
    expect([again.secretKey, again.webhookSecret, again.token]).toEqual([
      shop.sandbox.secretKey,
      shop.sandbox.webhookSecret,
      shop.sandbox.token,
    ]);
    expect(await stripe.subscriptions.retrieve(String(subscription?.id))).toMatchObject({ status: 'active' });
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete');
    expect((await stripe.testHelpers.testClocks.retrieve('clock_sandbox')).frozen_time).toBe(before);
    await again.close();
  });

  test('an advance is at most five years and stays before the year 2200', async () => {
    const { sandbox } = await openShop({ directory });
    const fiveYears = 5 * 366 * 86_400;
    for (const seconds of [fiveYears + 1, 300_000_000_000, Number.MAX_SAFE_INTEGER, -1, 0.5]) {
      expect(() => sandbox.controls.advance({ seconds })).toThrow(/seconds must be/);
    }
    let { now } = sandbox.controls.advance({ seconds: fiveYears });
    const end = Date.UTC(2200, 0) / 1000;
    while (now + fiveYears < end) ({ now } = sandbox.controls.advance({ seconds: fiveYears }));
    expect(() => sandbox.controls.advance({ seconds: end - now })).toThrow(/before the year 2200/);
    await sandbox.close();
  });

  test('a change during a write of the file is written too', async () => {
    const { state, changed, close } = await openStateFile(directory);
    const saved = async () => JSON.parse(await readFile(join(directory, 'state.json'), 'utf8')).advancedSeconds;
    state.advancedSeconds = 1;
    changed();
    await expect.poll(() => saved().catch(() => null)).toBe(1);
    state.advancedSeconds = 2;
    changed();
    await close();
    expect(await saved()).toBe(2);
  });

  test('only the owner can read the files, and a dump contains no secrets', async () => {
    const sandbox = await startSandbox({ ...options, directory });
    sandbox.deliverTo('http://127.0.0.1:9/');
    await sandbox.close();
    for (const name of await readdir(directory)) expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(join(directory, 'secrets.json'), 'utf8')).secretKey).toBe(sandbox.secretKey);
    const dump = JSON.stringify(sandbox.controls.dump());
    for (const secret of [sandbox.secretKey, sandbox.webhookSecret, sandbox.token]) expect(dump).not.toContain(secret);
  });
});

describe('startSandbox refuses', () => {
  test.each(['sk_live_abc', 'rk_live_abc', 'pk_test_abc'])('the key %s', async (secretKey) => {
    await expect(startSandbox({ ...options, secretKey })).rejects.toThrow('sk_test_');
  });

  test.each(['0.0.0.0', '::', '192.168.1.2', 'example.com'])('the host %s', async (host) => {
    await expect(startSandbox({ ...options, host })).rejects.toThrow('loopback');
  });
});

describe('controls over HTTP', () => {
  test('the controls require the token and act like the functions', async () => {
    const shop = await openShop();
    const { customer } = await shop.buy();
    const post = (name: string, body: unknown, token = shop.sandbox.token) =>
      fetch(`${shop.sandbox.url}/_sandbox/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post('advance', { seconds: 1 }, 'wrong')).status).toBe(401);
    expect(await (await post('advance', { seconds: 86_400 })).json()).toEqual({ now: shop.clock.seconds + 86_400 });
    expect(await (await post('open-dispute', { customerId: customer })).json()).toEqual({ id: expect.stringMatching(/^du_/) });
    expect((await post('refund', { customerId: 'cus_nobody' })).status).toBe(400);
    expect((await post('pay-open-invoices', { customerId: customer })).status).toBe(200);
    await shop.sandbox.close();
  });

  test('a reset empties the account and keeps the webhook endpoints', async () => {
    const shop = await openShop();
    shop.sandbox.deliverTo('http://127.0.0.1:9/');
    await shop.buy();
    shop.sandbox.controls.reset();
    expect((await shop.stripe.customers.list()).data).toEqual([]);
    expect((await shop.stripe.webhookEndpoints.list()).data).toHaveLength(1);
    await shop.sandbox.close();
  });
});
