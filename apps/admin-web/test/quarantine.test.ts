import { afterAll, beforeAll, expect, test } from 'vitest';
import { aConsole, type TestConsole } from './support/console.ts';

let shop: TestConsole;
beforeAll(async () => {
  shop = await aConsole();
});
afterAll(() => shop.stop());

/** Inserts a usage record into quarantine, as if the database had refused it. */
async function aQuarantined(reason: string, parts: object = {}): Promise<void> {
  const record = {
    epoch: 1,
    sequence: 1_000,
    ts: Date.now(),
    entitlementId: 'ent_1',
    periodId: 'per_1',
    keyId: 'key_1',
    consumerId: null,
    api: 'actions',
    method: 'POST',
    route: '/api/v1/actions',
    status: 200,
    cost: 0,
    requestBytes: 1,
    responseBytes: 1,
    durationMs: 1,
    requestId: 'req_late',
    ...parts,
  };
  const row = { gateway_id: 'gw_1', reason, record: JSON.stringify(record) };
  await shop.product.product.db.insertInto('usage_quarantine').values(row).execute();
}

test('a quarantined record is retried, or discarded after a confirmation, until the quarantine is empty', async () => {
  await aQuarantined('an unfixed reason', { cost: -1, requestId: 'req_bad' });
  await aQuarantined('a fixed reason');
  const page = await shop.signedIn('/usage?tab=quarantine');
  await page.getByRole('button', { name: 'a fixed reason' }).click();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('Record stored').waitFor();
  await expect.poll(() => page.getByText('a fixed reason').count()).toBe(0);
  expect((await shop.product.admin('GET', '/usage/events?limit=1')).body.data).toMatchObject([{ requestId: 'req_late' }]);

  await page.getByRole('button', { name: 'an unfixed reason' }).click();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('alert').getByText('the event has an invalid number').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog', { name: 'Discard this record?' }).getByRole('button', { name: 'Discard' }).click();
  await page.getByText('Record discarded').waitFor();
  await page.getByText('Nothing in quarantine').waitFor();
  await page.context().close();
}, 90_000);
