import { afterEach, expect, test } from 'vitest';
import { type BilledApp, type BilledOptions, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey } from '../testing/purchase.ts';

let billed: BilledApp;
afterEach(() => billed.close());
const start = async (options: BilledOptions = {}) => {
  billed = await billedApp(options);
};
const drive = (control: string, body: unknown = {}) => billed.admin('POST', `/billing/sandbox/${control}`, body);

test('the operator runs sandbox controls through the product, and no response contains the token', async () => {
  await start();
  await aBoughtKey(billed);
  const before = await drive('advance', { seconds: 0 });
  const after = await drive('advance', { seconds: 3_600 });
  expect(after.body.data.now - before.body.data.now).toBeGreaterThanOrEqual(3_600);
  for (const { text } of [before, after, await drive('dump'), await drive('events'), await billed.admin('GET', '/billing')]) {
    for (const secret of [billed.sandbox.token, billed.sandbox.secretKey, billed.sandbox.webhookSecret]) expect(text).not.toContain(secret);
  }
});

test('an unknown control and an invalid input are refused', async () => {
  await start();
  expect(await drive('no-such-control')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  expect(await drive('advance', { seconds: -1 })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  for (const control of ['..%2fdump', 'advance%3Fx', 'Advance', '%2e%2e'])
    expect((await drive(control)).status).toBeGreaterThanOrEqual(400);
});

test('sandbox controls require the operator key and billing in sandbox mode', async () => {
  await start({ off: true });
  expect(await drive('advance', { seconds: 1 })).toMatchObject({ status: 404, body: { code: 'BILLING_OFF' } });
  expect((await billed.browser().call('POST', '/api/admin/billing/sandbox/advance', { seconds: 1 })).status).toBe(401);
});
