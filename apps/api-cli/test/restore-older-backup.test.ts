import { testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import { ask } from '@api-factory/control/testing/database';
import { expect, inject, it, onTestFinished } from 'vitest';
import { expectStatus } from './support/api.ts';
import { productOn } from './support/product.ts';
import { aDirectory, anEmptyDatabase } from './support/scratch.ts';
import { billingOf, sellerOf } from './support/selling.ts';

/**
 * Tests what docs/backup.md states about billing after a restore. The backup is a copy of the
 * database, created by the server.
 */

/** Copies a database that has no open connections. @returns the URL of the copy */
async function copyOf(url: string): Promise<string> {
  const copy = await anEmptyDatabase();
  const name = (database: string) => `"${new URL(database).pathname.slice(1)}"`;
  await ask(inject('testServer').adminUrl, `drop database ${name(copy)}`);
  await ask(inject('testServer').adminUrl, `create database ${name(copy)} template ${name(url)}`);
  return copy;
}

it('after restoring an older backup, reconciliation restores a later purchase without its key, and applies a later cancellation again', async () => {
  const sandbox = await testSandbox();
  onTestFinished(() => sandbox.close());
  const env = billingOf(sandbox);
  const url = await anEmptyDatabase();
  const dataDir = aDirectory();
  const first = await productOn(url, dataDir, env);
  await expectStatus(first.admin('POST', '/billing/push', {}), 200);
  const before = await sellerOf(first, sandbox).buy('starter');
  await first.product.close();
  const backup = await copyOf(url);

  const second = await productOn(url, dataDir, env);
  sandbox.deliverTo(`${second.address}/api/stripe/webhook`);
  const after = await sellerOf(second, sandbox).buy('starter');
  sandbox.controls.cancel({ subscriptionId: before.subscriptionId });
  await expect.poll(async () => (await second.call(before.key)).status).toBe(401);
  await second.product.close();

  const restored = await productOn(backup, aDirectory(), env);
  onTestFinished(() => restored.product.close());
  const seller = sellerOf(restored, sandbox);
  expect(await seller.verdict(after.key)).toBe('401 INVALID_KEY');
  await expectStatus(restored.admin('POST', '/billing/reconcile', {}), 202);
  await expect.poll(async () => (await restored.call(before.key)).status, { timeout: 30_000 }).toBe(401);
  await expect
    .poll(async () => (await seller.subscription(after.subscriptionId))?.entitlementId ?? null, { timeout: 30_000 })
    .not.toBeNull();
  const subscription = await seller.subscription(after.subscriptionId);
  expect(subscription).toMatchObject({ access: 'active', plan: 'starter' });
  const issued = await expectStatus(restored.admin('POST', '/keys', { name: 'again', entitlementId: subscription.entitlementId }), 201);
  expect(await seller.verdict(issued.body.data.key)).toBe('200');
});
