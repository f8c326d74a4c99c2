import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { aKey, aPeriod, type KeyParts, reset } from './testing/fixtures.ts';

const DAY_MS = 86_400_000;
const HUNDRED = { id: 'hundred', name: 'Hundred', quota: { limit: 100, period: 'day' }, rate: { limit: null, windowSeconds: 60 } };

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling('sandbox'), withPlans: false });
  await control.call('POST', '/plans', HUNDRED);
  await control.call('POST', '/plans', { ...HUNDRED, id: 'free', quota: { limit: null, period: 'day' } });
  await control.call('POST', '/plans', { ...HUNDRED, id: 'none', quota: { limit: 0, period: 'day' } });
});
afterEach(() => reset(control));
afterAll(() => control.close());

const aUsed = (settled: number, parts: KeyParts = {}) => aKey(control.database.db, { plan: 'hundred', settled, ...parts });
const overview = async () => (await control.call('GET', '/overview')).body.data;
const near = async () => (await overview()).nearQuota.map(({ keyId, used }: { keyId: string; used: number }) => [keyId, used]);

test('the quota includes every limited entitlement with a key that is neither revoked nor expired, used or not', async () => {
  await aUsed(30);
  const { db } = control.database;
  const shared = await aUsed(20);
  await aKey(db, { entitlementId: shared.entitlementId });
  await aKey(db, { plan: 'hundred' });
  await aUsed(40, { mode: 'sandbox', access: 'suspended' });
  expect((await overview()).quota).toEqual({ used: 90, limit: 400 });
  await aUsed(7, { plan: 'free' });
  await aUsed(7, { operatorStatus: 'revoked' });
  await aUsed(7, { mode: 'sandbox', access: 'revoked' });
  await aUsed(7, { expiresAt: new Date(START) });
  expect((await overview()).quota).toEqual({ used: 90, limit: 400 });
});

test('only the current period counts, up to its last millisecond; then usage starts at zero', async () => {
  const { entitlementId } = await aUsed(90);
  await aPeriod(control.database.db, entitlementId, { from: START - DAY_MS, settled: 95 });
  expect(await overview()).toMatchObject({
    quota: { used: 90, limit: 100 },
    nearQuota: [{ periodEnd: new Date(START + DAY_MS).toISOString() }],
  });
  control.advance(DAY_MS - 1);
  expect((await overview()).quota.used).toBe(90);
  control.advance(1);
  expect(await overview()).toMatchObject({ quota: { used: 0, limit: 100 }, nearQuota: [], attention: { nearQuota: 0 } });
  await aPeriod(control.database.db, entitlementId, { from: START + DAY_MS, settled: 81 });
  expect(await overview()).toMatchObject({ quota: { used: 81 }, attention: { nearQuota: 1 } });
});

test('of several open periods the one that started last counts, as for a lease', async () => {
  const { entitlementId } = await aUsed(90);
  await aPeriod(control.database.db, entitlementId, { from: START - DAY_MS / 2, settled: 30 });
  expect((await overview()).quota).toEqual({ used: 90, limit: 100 });
  await aPeriod(control.database.db, entitlementId, { from: START + 1, settled: 7 });
  control.advance(1);
  expect((await overview()).quota).toEqual({ used: 7, limit: 100 });
});

test('a quota is near its limit from 80 % on; a quota of zero and an unlimited one never are', async () => {
  const [at, over] = [await aUsed(80), await aUsed(130)];
  await aUsed(79);
  await aUsed(0, { plan: 'none' });
  await aUsed(1_000_000, { plan: 'free' });
  const { nearQuota, attention } = await overview();
  expect(nearQuota).toEqual([
    {
      keyId: over.id,
      name: `name of ${over.id}`,
      plan: 'hundred',
      used: 130,
      limit: 100,
      periodEnd: new Date(START + DAY_MS).toISOString(),
    },
    { keyId: at.id, name: `name of ${at.id}`, plan: 'hundred', used: 80, limit: 100, periodEnd: new Date(START + DAY_MS).toISOString() },
  ]);
  expect(attention.nearQuota).toBe(2);
});

test('an entitlement is shown once, by its newest key that is neither revoked nor expired', async () => {
  const { db } = control.database;
  const { entitlementId } = await aUsed(99);
  const newest = await aKey(db, { entitlementId });
  await aKey(db, { entitlementId, operatorStatus: 'revoked' });
  await aKey(db, { entitlementId, expiresAt: new Date(START) });
  expect(await near()).toEqual([[newest.id, 99]]);
});

test('the ten with the highest share are shown, and all are counted', async () => {
  for (let settled = 85; settled <= 95; settled++) await aUsed(settled);
  const shown: [string, number][] = await near();
  expect(shown.map(([, used]) => used)).toEqual([95, 94, 93, 92, 91, 90, 89, 88, 87, 86]);
  expect((await overview()).attention.nearQuota).toBe(11);
});

test('entitlements are shown and ordered by the gateway’s live usage, which includes unshipped calls', async () => {
  const [ahead, behind] = [await aUsed(85), await aUsed(90)];
  const { limits } = control.context;
  limits.of = (id) => ({ quotaRemaining: id === ahead.entitlementId ? 1 : 50, rateRemaining: null, rateResetSeconds: 0 });
  expect(await near()).toEqual([
    [ahead.id, 99],
    [behind.id, 90],
  ]);
});

test('quota totals are capped at the largest safe integer', async () => {
  const most = 9_000_000_000_000_000;
  await control.call('POST', '/plans', { ...HUNDRED, id: 'huge', quota: { limit: most, period: 'day' } });
  await aUsed(most, { plan: 'huge' });
  await aUsed(most, { plan: 'huge' });
  expect((await overview()).quota).toEqual({ used: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER });
});
