import { afterEach, expect, test } from 'vitest';
import { createLeaseSource } from '../quota/leases.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { holdLock, untilWaiting } from '../testing/held-lock.ts';
import { change, SYSTEM } from '../transaction/change.ts';
import { aGateway, aRequest, newId } from '../usage/testing/fixtures.ts';
import { grantEntitlement, setAnchor } from './subscription.ts';

const DAY = 86_400_000;

let control: ControlApp;
afterEach(() => control.close());

test('an anchor move and a concurrent alignment of its period: one waits for the other, and both succeed', async () => {
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
  // A period of a daily plan, which has to be aligned to the monthly plan.
  const endsAt = new Date(anchor.getTime() + DAY);
  await db.insertInto('quotas').values({ period_id: 'per_1', entitlement_id: entitlementId, starts_at: anchor, ends_at: endsAt }).execute();
  await aGateway(db, 'gw_a');
  const leases = createLeaseSource(db, { gatewayId: 'gw_a', bootId: 'boot', newId });
  // The move waits for the quota's row. So would the alignment, unless it first waits for the
  // entitlement.
  const quota = await holdLock(control.database, 'select from quotas for update');
  const moving = change(control.context, SYSTEM, (write) => setAnchor(write, entitlementId, new Date(anchor.getTime() + DAY / 2)));
  await untilWaiting(control.database, 1);
  const leasing = leases.acquire(aRequest(entitlementId, { want: 10 }));
  await untilWaiting(control.database, 2);
  await quota.release();
  expect(await moving).toBe(true);
  expect(await leasing).toMatchObject({ granted: 10 });
});
