import { afterEach, expect, test } from 'vitest';
import { recordSwept } from '../store/state.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { drain } from '../testing/drain.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { noCounters } from './jobs.ts';
import { catchUp, emptyReport, isSweepDue } from './reconcile.ts';

const DAY = 86_400;

let app: BilledApp;
afterEach(() => app.close());

const job = (aheadMs = 0, machineAheadMs = aheadMs) => ({
  context: { ...app.context, clock: { now: () => app.context.clock.now() + aheadMs } },
  billing: { ...app.context.billing!, wallClock: () => app.context.clock.now() + machineAheadMs },
  counters: noCounters(),
  warn: () => {},
});
/** @returns how many events were new */
const pass = async (aheadMs = 0, machineAheadMs = aheadMs) => {
  const report = emptyReport(new Date(0));
  await catchUp(job(aheadMs, machineAheadMs), report);
  await drain(job(), () => false);
  return report.events;
};
const cursor = async () => (await app.database.db.selectFrom('billing_state').select('events_cursor').executeTakeFirst())?.events_cursor;
const accessOf = async ({ subscriptionId }: Bought) => (await stored(app)).subscriptions.find(({ id }) => id === subscriptionId)?.access;

test('events after a wrong future clock are found once the clock is correct', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const price = await aMappedPrice(app);
  await pass(20 * 60_000);
  expect((await cursor())!.getTime()).toBeGreaterThan(app.context.clock.now());
  const purchase = await buy(app, price);
  expect(await pass()).toBeGreaterThan(0);
  expect(await accessOf(purchase)).toBe('active');
  expect((await cursor())!.getTime()).toBeLessThanOrEqual(app.context.clock.now());
  expect(await pass()).toBe(0);
});

test('a machine clock that was set back does not move the cursor into the future', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const now = app.context.clock.now();
  await pass(20 * 60_000, 0);
  expect(Math.abs((await cursor())!.getTime() - now)).toBeLessThan(60_000);
});

test('events dated in the future are found, and so are the events after them', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const price = await aMappedPrice(app);
  const { controls } = app.sandbox;
  const [failing, ending] = [await buy(app, price), await buy(app, price)];
  await pass();
  controls.failPayments({ customerId: failing.customerId, times: 99 });
  controls.advance({ seconds: 60 * DAY });
  expect(await pass()).toBeGreaterThan(0);
  expect([await accessOf(failing), await accessOf(ending)]).toEqual(['suspended', 'active']);
  expect((await cursor())!.getTime()).toBeLessThanOrEqual(app.context.clock.now());
  controls.cancel({ subscriptionId: ending.subscriptionId });
  expect(await pass()).toBeGreaterThan(0);
  expect(await accessOf(ending)).toBe('revoked');
  expect(await pass()).toBe(0);
});

test('the cursor stays when there are no events', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  await pass();
  const before = await cursor();
  await pass(60_000);
  expect(await cursor()).toEqual(before);
});

test('a sweep is due a day after the last one, and when the last one is dated in the future', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const now = app.context.clock.now();
  const due = async (lastMs: number) => {
    await recordSwept(app.database.db, 'sandbox', new Date(now + lastMs));
    return isSweepDue(job());
  };
  expect(await isSweepDue(job())).toBe(true);
  expect([await due(-3_600_000), await due(-25 * 3_600_000), await due(60_000), await due(3_600_000)]).toEqual([false, true, false, true]);
});
