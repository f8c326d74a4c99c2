import { periodAt } from '@api-factory/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLeaseSource } from '../quota/leases.ts';
import { createSnapshotSource } from '../snapshot.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { change, SYSTEM, type Write } from '../transaction/change.ts';
import { aGateway, aRequest, newId } from '../usage/testing/fixtures.ts';
import { moveEntitlement } from './change.ts';
import { type Grant, grantEntitlement, setAnchor } from './subscription.ts';

const DAY = 86_400_000;

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling() });
  await aGateway(control.database.db, 'gw_a');
  const tiny = { id: 'tiny', name: 'Tiny', quota: { limit: 20, period: 'month' }, rate: { limit: null, windowSeconds: 60 } };
  await control.call('POST', '/plans', tiny);
});
afterAll(() => control.close());

const write = <T>(work: (write: Write) => Promise<T>): Promise<T> => change(control.context, SYSTEM, work);
const snapshots = () => createSnapshotSource(control.database.db, { keyMode: 'test', billingMode: 'sandbox' });
const inDays = (days: number) => new Date(Date.now() + days * DAY);

async function grant(parts: Partial<Grant> = {}) {
  const consumerId = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
  const defaults = { planId: 'pro', planVersion: 1, mode: 'sandbox' as const, subscriptionId: newId('sub'), access: 'active' as const };
  return write((tx) => grantEntitlement(tx, { ...defaults, anchor: inDays(-5), ...parts, consumerId }));
}
const leases = () => createLeaseSource(control.database.db, { gatewayId: 'gw_a', bootId: 'boot', newId });
const rowsOf = (id: string) =>
  control.database.db
    .selectFrom('quotas')
    .select(['period_id', 'starts_at', 'ends_at', 'settled', 'leased'])
    .where('entitlement_id', '=', id)
    .where('merged_into', 'is', null)
    .orderBy('starts_at')
    .execute();
const settle = (periodId: string, units: number) =>
  control.database.db.updateTable('quotas').set({ settled: units }).where('period_id', '=', periodId).execute();

describe('an anchor that moves', () => {
  test('before the first call affects no period', async () => {
    const { id } = await grant();
    const anchor = inDays(-2);
    const before = await snapshots().since([]);
    expect(await write((tx) => setAnchor(tx, id, anchor))).toBe(true);
    expect(await write((tx) => setAnchor(tx, id, anchor))).toBe(false);
    expect(await rowsOf(id)).toEqual([]);
    expect((await snapshots().since([before])).entitlements).toMatchObject([{ id, anchor: anchor.getTime() }]);
    const { data } = (await control.call('GET', `/audit?objectType=entitlement&objectId=${id}`)).body;
    expect(data[0]).toMatchObject({ action: 'entitlement.anchor', details: { anchor: anchor.toISOString() } });
  });

  test('into the current period starts a new one with a full quota', async () => {
    const { id } = await grant();
    const first = await leases().acquire(aRequest(id, { want: 10 }));
    await settle(first.periodId, 9_990);
    const anchor = inDays(-1);
    await write((tx) => setAnchor(tx, id, anchor));
    const next = await leases().acquire(aRequest(id, { want: 10, periodId: first.periodId, surrender: 10 }));
    expect(next).toMatchObject({ startsAt: anchor.getTime(), granted: 10, unleased: 9_990 });
    expect(await rowsOf(id)).toMatchObject([
      { period_id: first.periodId, ends_at: anchor, settled: 9_990, leased: 0 },
      { period_id: next.periodId, starts_at: anchor, settled: 0, leased: 10 },
    ]);
  });

  test('to before the current period corrects its bounds, and used units stay used', async () => {
    const { id } = await grant();
    const first = await leases().acquire(aRequest(id, { want: 10 }));
    await settle(first.periodId, 100);
    const anchor = inDays(-9);
    await write((tx) => setAnchor(tx, id, anchor));
    const again = await leases().acquire(aRequest(id, { want: 10 }));
    const bounds = periodAt(anchor, 'month', new Date());
    expect(again).toMatchObject({
      periodId: first.periodId,
      startsAt: bounds.startsAt.getTime(),
      endsAt: bounds.endsAt.getTime(),
      unleased: 10_000 - 100 - 20,
    });
    expect(await rowsOf(id)).toHaveLength(1);
  });

  test('into the future ends the current period there, as at the end of a trial', async () => {
    const { id } = await grant();
    await leases().acquire(aRequest(id));
    const anchor = inDays(3);
    await write((tx) => setAnchor(tx, id, anchor));
    expect(await rowsOf(id)).toMatchObject([{ starts_at: periodAt(anchor, 'month', new Date()).startsAt, ends_at: anchor }]);
  });

  test('back into the previous period merges the two: units used in either count, and moving forth again starts no new one', async () => {
    const { id } = await grant({ anchor: inDays(-20), planId: 'tiny' });
    const first = await leases().acquire(aRequest(id, { want: 12 }));
    const second = inDays(-4);
    await write((tx) => setAnchor(tx, id, second));
    const { periodId } = await leases().acquire(aRequest(id, { want: 6, periodId: first.periodId, surrender: 2 }));
    for (const anchor of [inDays(-10), second, inDays(-10), second]) await write((tx) => setAnchor(tx, id, anchor));
    const { startsAt: startedAt } = first;
    expect(await rowsOf(id)).toMatchObject([
      { period_id: periodId, starts_at: new Date(startedAt), ends_at: periodAt(second, 'month', new Date()).endsAt },
    ]);
    expect(await leases().acquire(aRequest(id, { want: 20 }))).toMatchObject({ periodId, granted: 4, unleased: 0 });
  });

  test('any number of times between calls leaves no overlapping periods and no call without a period', async () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: -70, max: 40 }), fc.constant('call' as const)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { id } = await grant();
        for (const step of all) {
          if (step === 'call') await leases().acquire(aRequest(id));
          else await write((tx) => setAnchor(tx, id, inDays(step)));
        }
        const { granted } = await leases().acquire(aRequest(id));
        expect(granted).toBe(1);
        const rows = await rowsOf(id);
        for (const [index, row] of rows.entries()) {
          expect(row.ends_at.getTime()).toBeGreaterThan(row.starts_at.getTime());
          if (index > 0) expect(row.starts_at.getTime()).toBeGreaterThanOrEqual(rows[index - 1]?.ends_at.getTime() ?? 0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('while leases are acquired grants nothing beyond the limit of a period', async () => {
    const { id } = await grant({ planId: 'tiny' });
    const { periodId } = await leases().acquire(aRequest(id));
    const calls = Array.from({ length: 30 }, () => leases().acquire(aRequest(id)));
    for (let days = 6; days < 11; days++) await write((tx) => setAnchor(tx, id, inDays(-days)));
    await Promise.all(calls);
    expect(await rowsOf(id)).toMatchObject([{ period_id: periodId, leased: 20 }]);
  });
});

describe('a plan that changes within a period', () => {
  test('to more units grants them at once, and used units stay used', async () => {
    const row = await grant({ planId: 'tiny' });
    const { periodId } = await leases().acquire(aRequest(row.id, { need: 20, want: 20 }));
    expect((await leases().acquire(aRequest(row.id))).granted).toBe(0);
    await write((tx) => moveEntitlement(tx, row, 'starter'));
    expect(await leases().acquire(aRequest(row.id, { want: 5 }))).toMatchObject({ periodId, granted: 5, unleased: 1_000 - 20 - 5 });
  });

  test('to fewer units than were used grants nothing, and the balance is not negative', async () => {
    const row = await grant();
    const { periodId } = await leases().acquire(aRequest(row.id));
    await settle(periodId, 500);
    await write((tx) => moveEntitlement(tx, row, 'tiny'));
    expect(await leases().acquire(aRequest(row.id))).toMatchObject({ periodId, granted: 0, unleased: 0 });
  });
});

test('a renewal that arrives two hours late neither blocks the next period nor doubles it', async () => {
  const anchor = periodAt(inDays(-5), 'month', inDays(-20)).startsAt;
  const { id } = await grant({ planId: 'tiny', anchor });
  const { endsAt } = periodAt(anchor, 'month', inDays(-20));
  const old = { period_id: newId('per'), entitlement_id: id, starts_at: anchor, ends_at: endsAt, settled: 20 };
  await control.database.db.insertInto('quotas').values(old).execute();
  const next = await leases().acquire(aRequest(id, { want: 20 }));
  expect(next).toMatchObject({ startsAt: endsAt.getTime(), granted: 20 });
  expect(await write((tx) => setAnchor(tx, id, anchor))).toBe(false);
  expect(await leases().acquire(aRequest(id))).toMatchObject({ periodId: next.periodId, granted: 0 });
  expect(await rowsOf(id)).toMatchObject([{ period_id: old.period_id }, { period_id: next.periodId }]);
});
