import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import { ask } from '@api-factory/control/testing/database';
import Stripe from 'stripe';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../src/testing/terminal.ts';
import { startLoad } from './support/load.ts';
import { productOn } from './support/product.ts';
import { aDirectory, anEmptyDatabase } from './support/scratch.ts';
import { billingOf } from './support/selling.ts';

/** Follows the steps of docs/rotation.md. */

/** An installation whose product can be restarted with other settings. */
async function anInstallation(fixed: Record<string, string> = {}) {
  const [url, dataDir] = [await anEmptyDatabase(), aDirectory()];
  let running: Awaited<ReturnType<typeof productOn>> | null = null;
  const stop = async () => {
    await running?.product.close();
    running = null;
  };
  onTestFinished(stop);
  return {
    url,
    start: async (env: NodeJS.ProcessEnv) => {
      await stop();
      running = await productOn(url, dataDir, { BILLING: 'off', ...fixed, ...env });
      return running;
    },
  };
}

const asOperator = (address: string, key: string, path = '/plans', method = 'GET', body?: object) =>
  fetch(`${address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

describe('the operator key', () => {
  it('created by the product can be replaced while it serves: create, switch, revoke', async () => {
    const { start } = await anInstallation();
    const first = 'first-operator-key-0123456789abcdef0123';
    const { address } = await start({ API_FACTORY_ADMIN_KEY: first });
    const cli = (key: string, ...args: string[]) =>
      runCli(['operator-keys', ...args], { API_FACTORY_URL: address, API_FACTORY_ADMIN_KEY: key });
    const created = (await cli(first, 'create', '--name', 'old')).stdout.trim();
    const next = (await cli(created, 'create', '--name', 'new')).stdout.trim();
    expect([(await asOperator(address, created)).status, (await asOperator(address, next)).status]).toEqual([200, 200]);
    const listed = JSON.parse((await cli(next, 'list', '--json')).stdout) as { id: string; name: string }[];
    const old = listed.find(({ name }) => name === 'old')?.id ?? '';
    expect((await cli(next, 'revoke', old, '--yes')).exitCode).toBe(0);
    expect([(await asOperator(address, created)).status, (await asOperator(address, next)).status]).toEqual([401, 200]);
    expect((await cli(created, 'list')).exitCode).toBe(1);
  });

  it('from the environment works alongside created ones, and replacing it ends its sessions', async () => {
    const { start } = await anInstallation();
    const [old, next] = ['old-operator-key-0123456789abcdef012345', 'new-operator-key-0123456789abcdef012345'];
    const before = await start({ API_FACTORY_ADMIN_KEY: old });
    const bridge = (await (await asOperator(before.address, old, '/operator-keys', 'POST', { name: 'bridge' })).json()) as {
      data: { id: string; key: string };
    };
    const signedIn = await fetch(`${before.address}/api/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: old }),
    });
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    const file = join(aDirectory(), 'operator_key');
    writeFileSync(file, `${next}\n`);
    const after = await start({ API_FACTORY_ADMIN_KEY: undefined, API_FACTORY_ADMIN_KEY_FILE: file });
    expect((await fetch(`${after.address}/api/admin/plans`, { headers: { cookie } })).status).toBe(401);
    const works = async () => [
      (await asOperator(after.address, old)).status,
      (await asOperator(after.address, next)).status,
      (await asOperator(after.address, bridge.data.key)).status,
    ];
    expect(await works()).toEqual([401, 200, 200]);
    expect((await asOperator(after.address, next, `/operator-keys/${bridge.data.id}/revoke`, 'POST', {})).status).toBe(200);
    expect(await works()).toEqual([401, 200, 401]);
  });
});

describe('the webhook secret', () => {
  it('is replaced without rejecting an event: both are accepted while Stripe signs with both', async () => {
    const sandbox = await testSandbox();
    onTestFinished(() => sandbox.close());
    const { STRIPE_WEBHOOK_SECRET: _, ...billing } = billingOf(sandbox);
    const { start } = await anInstallation(billing);
    const file = join(aDirectory(), 'stripe_webhook_secret');
    const run = async (secrets: string[]) => {
      writeFileSync(file, `${secrets.join(',')}\n`);
      return (await start({ STRIPE_WEBHOOK_SECRET_FILE: file })).address;
    };
    const [old, next] = ['whsec_old0123456789', 'whsec_new0123456789'];
    expect(await verdicts(await run([old]), [[old], [next], [old, next]])).toEqual([200, 400, 200]);
    expect(await verdicts(await run([next, old]), [[old], [next], [old, next]])).toEqual([200, 200, 200]);
    expect(await verdicts(await run([next]), [[old], [next], [old, next]])).toEqual([400, 200, 200]);
  });
});

let events = 0;

/**
 * The response statuses of events signed with these secrets. Stripe signs with both the old and the
 * new secret until the old one expires.
 */
async function verdicts(address: string, signers: string[][]): Promise<number[]> {
  const stripe = new Stripe('sk_test_unused');
  const statuses: number[] = [];
  for (const secrets of signers) {
    const payload = JSON.stringify({
      id: `evt_rotation${++events}`,
      object: 'event',
      type: 'product.updated',
      livemode: false,
      created: Math.floor(Date.now() / 1_000),
      data: { object: { id: 'prod_1', object: 'product' } },
    });
    const [first = '', ...others] = secrets.map((secret) => stripe.webhooks.generateTestHeaderString({ payload, secret }));
    const signature = [first, ...others.map((header) => header.replace(/^t=\d+,/, ''))].join(',');
    const { status } = await fetch(`${address}/api/stripe/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body: payload,
    });
    statuses.push(status);
  }
  return statuses;
}

describe('the database password', () => {
  it('can be changed while the product serves: no call is refused before the restart with the new one', async () => {
    const { url } = await anInstallation();
    const role = `rotated_${Math.random().toString(36).slice(2, 10)}`;
    await ask(url, `create role ${role} login password 'before'`);
    onTestFinished(async () => {
      await ask(url, `drop owned by ${role}; drop role ${role}`);
    });
    await ask(url, `grant create on database "${new URL(url).pathname.slice(1)}" to ${role}`);
    const urlWith = (password: string) => {
      const roleUrl = new URL(url);
      roleUrl.username = role;
      roleUrl.password = password;
      return roleUrl.href;
    };
    const dataDir = aDirectory();
    const first = await productOn(urlWith('before'), dataDir, { BILLING: 'off' });
    onTestFinished(() => first.product.close().catch(() => {}));
    const { key } = await first.issue({ quota: 100_000, rate: null });
    const load = startLoad(first.address, key, { callers: 4 });
    await expect.poll(() => load.received.size).toBeGreaterThan(20);
    await ask(url, `alter role ${role} password 'after'`);
    const served = load.received.size;
    await expect.poll(() => load.received.size).toBeGreaterThan(served + 50);
    await load.stop();
    expect([...load.others]).toEqual([]);
    await first.product.close();
    await expect(productOn(urlWith('before'), dataDir, { BILLING: 'off' })).rejects.toThrow(/does not accept the password/);
    const second = await productOn(urlWith('after'), dataDir, { BILLING: 'off' });
    onTestFinished(() => second.product.close());
    expect((await second.call(key)).status).toBe(200);
  });
});
