import { afterEach, expect, test } from 'vitest';
import { holdLock, untilWaiting } from '../../testing/held-lock.ts';
import { syncCustomer } from '../engine/sync.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, buy } from '../testing/subscriber.ts';

let billed: BilledApp;
afterEach(() => billed.close());

test('releasing a dispute during a sync of its customer succeeds without a deadlock', async () => {
  billed = await billedApp({ jobs: false, deliver: false });
  const { customerId } = await buy(billed, await aMappedPrice(billed));
  const dispute = billed.sandbox.controls.openDispute({ customerId, status: 'needs_response' });
  await syncCustomer(billed.context, customerId, { disputes: [dispute.id] });
  // The sync pauses after locking the customer's row and before the dispute's.
  const subscriptions = await holdLock(billed.database, 'select from subscriptions for update');
  const syncing = syncCustomer(billed.context, customerId);
  await untilWaiting(billed.database, 1);
  const releasing = billed.admin('POST', `/billing/disputes/${dispute.id}/release`);
  await untilWaiting(billed.database, 2);
  await subscriptions.release();
  expect(await syncing).toMatchObject({ drift: false });
  expect(await releasing).toMatchObject({ status: 200, body: { data: { hold: false } } });
});
