import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantEntitlement, setAccess } from '../entitlements/subscription.ts';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { change, SYSTEM } from '../transaction/change.ts';
import { countKeysOfOtherMode } from './store.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling('sandbox') });
});
afterAll(() => control.close());

const create = async (body: object): Promise<string> => (await control.call('POST', '/keys', { name: 'one', ...body })).body.data.id;

test('countKeysOfOtherMode counts the keys that a mode switch disables, without revoked ones', async () => {
  const consumerId = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
  const entitlement = await change(control.context, SYSTEM, (write) =>
    grantEntitlement(write, {
      consumerId,
      planId: 'pro',
      planVersion: 1,
      mode: 'sandbox',
      subscriptionId: 'sub_1',
      access: 'active',
      anchor: new Date(START),
    }),
  );
  await create({ plan: 'pro' });
  await create({ entitlementId: entitlement.id });
  await control.call('POST', `/keys/${await create({ plan: 'pro' })}/revoke`);
  const { db } = control.context;
  expect(await countKeysOfOtherMode(db, { keyMode: 'test', billingMode: 'sandbox' })).toBe(0);
  // The operator's key is valid in both test modes; the bought one only in the sandbox.
  expect(await countKeysOfOtherMode(db, { keyMode: 'test', billingMode: 'test' })).toBe(1);
  expect(await countKeysOfOtherMode(db, { keyMode: 'live', billingMode: 'live' })).toBe(2);
  expect(await countKeysOfOtherMode(db, { keyMode: 'live', billingMode: null })).toBe(2);
  await change(control.context, SYSTEM, (write) => setAccess(write, entitlement.id, 'revoked'));
  expect(await countKeysOfOtherMode(db, { keyMode: 'live', billingMode: null })).toBe(1);
});
