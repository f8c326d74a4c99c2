import { afterEach, expect, test } from 'vitest';
import { change, SYSTEM } from '../audit/change.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { holdLock, untilWaiting } from '../testing/held-lock.ts';
import { beginPeriod } from '../usage/lease-store.ts';
import { periodAt } from '../usage/periods.ts';
import { newId } from '../usage/testing/fixtures.ts';
import { grantEntitlement, setAnchor } from './subscription.ts';

const DAY = 86_400_000;

let control: ControlApp;
afterEach(() => control.close());

test('an anchor moves while its running period is begun again: one waits for the other, and both succeed', async () => {
  control = await controlApp({ billing: aBilling() });
  const { db } = control.database;
  const anchor = new Date(Date.now() - 5 * DAY);
  const { id: consumerId } = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data;
  const { id: entitlementId } = await change(control.context, SYSTEM, (write) =>
    grantEntitlement(write, {
      consumerId,
      planId: 'pro',
      planVersion: 1,
      mode: 'sandbox',
      subscriptionId: 'sub_1',
      anchor,
      access: 'active',
    }),
  );
  const begin = (at: Date) =>
    beginPeriod(db, { periodId: newId('per'), entitlementId, anchor: at, bounds: periodAt(at, 'month', new Date()) });
  await begin(anchor);
  const moved = new Date(anchor.getTime() + DAY);
  // The move stops at the quota's row, and so does what begins the period, unless it has to wait for the entitlement before.
  const quota = await holdLock(control.database, 'select from quotas for update');
  const moving = change(control.context, SYSTEM, (write) => setAnchor(write, entitlementId, moved));
  await untilWaiting(control.database, 1);
  const beginning = begin(anchor);
  await untilWaiting(control.database, 2);
  await quota.release();
  expect(await moving).toBe(true);
  await beginning;
  expect(await db.selectFrom('quotas').select('period_id').where('entitlement_id', '=', entitlementId).execute()).not.toHaveLength(0);
});
