import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, planLimits } from './support/api.ts';
import { type MovableClock, movableClock } from './support/product.ts';
import { aSellingProduct, HOUR, type Purchase, type SellingProduct, secondsOf, until } from './support/selling.ts';

let t: SellingProduct;
const plans = { small: '', big: '' };
beforeAll(async () => {
  t = await aSellingProduct();
  plans.small = await t.sell({ quota: 10 });
  plans.big = await t.sell({ quota: 30 });
});
afterAll(() => t.stop());

/** Calls sequentially until one is refused. @returns how many calls were served */
async function useUp(key: string, limit = 100): Promise<number> {
  for (let served = 0; served < limit; served++) {
    const { status, body } = await t.call(key);
    if (status === 429 && body.code === 'QUOTA_EXCEEDED') return served;
    expect(status).toBe(200);
  }
  return limit;
}

const use = async (key: string, times: number): Promise<void> => expect(await useUp(key, times)).toBe(times);
const usage = async (key: string) => (await t.own(key)).body.data.usage;
const move = async ({ subscriptionId }: Purchase, plan: string, anchor: 'unchanged' | 'now' = 'unchanged') => {
  const { data } = await t.stripe.prices.list({ lookup_keys: [`api_factory_${plan}`] });
  t.sandbox.controls.changePrice({ subscriptionId, priceId: data[0]?.id as string, anchor });
  await t.settled();
};
const quotas = async ({ entitlementId }: Purchase) => {
  await t.shipped();
  const { rows } = await sql<{ starts_at: Date; ends_at: Date; settled: number }>`
    select starts_at, ends_at, settled::int from quotas where entitlement_id = ${entitlementId} order by starts_at`.execute(t.product.db);
  return rows;
};

describe('in the middle of a quota period', () => {
  it('an upgrade raises the limit immediately and keeps the used units', async () => {
    const bought = await t.buy(plans.small);
    expect(await useUp(bought.key)).toBe(10);
    // After a limit change the consumer sees only shipped usage.
    await t.shipped();
    await move(bought, plans.big);
    expect(await usage(bought.key)).toMatchObject({ used: 10, limit: 30, remaining: 20 });
    expect(await useUp(bought.key)).toBe(20);
    expect(await quotas(bought)).toMatchObject([{ settled: 30 }]);
  });

  it('a downgrade below the used units refuses every call, and upgrading again allows the rest', async () => {
    const bought = await t.buy(plans.big);
    await use(bought.key, 15);
    await t.shipped();
    await move(bought, plans.small);
    expect(await useUp(bought.key)).toBe(0);
    expect(await usage(bought.key)).toMatchObject({ limit: 10, remaining: 0 });
    await move(bought, plans.big);
    expect(await useUp(bought.key)).toBe(15);
    expect(await quotas(bought)).toMatchObject([{ settled: 30 }]);
  });

  it('a price change that moves the anchor starts a new period with exactly the full limit', async () => {
    const bought = await t.buy(plans.small);
    await use(bought.key, 7);
    // Stripe's times are in whole seconds: the new period must start in a later second.
    const { periodStart } = await usage(bought.key);
    await until(async () => t.sandbox.controls.advance({ seconds: 0 }).now > secondsOf(periodStart));
    await move(bought, plans.small, 'now');
    const { billing, usage: fresh } = (await t.own(bought.key)).body.data;
    expect(fresh.periodEnd).toBe(billing.currentPeriodEnd);
    expect(await useUp(bought.key)).toBe(10);
    const [before, after, ...more] = await quotas(bought);
    expect(more).toEqual([]);
    expect([before?.settled, after?.settled]).toEqual([7, 10]);
    expect(before?.ends_at).toEqual(after?.starts_at);
    expect(await t.accountOf(bought.entitlementId)).toMatchObject({ units: 17, leased: 0 });
  });
});

describe('a plan edit', () => {
  it('for existing subscriptions raises their limit immediately, and later syncs with Stripe keep it', async () => {
    const plan = await t.sell({ quota: 5 });
    const bought = await t.buy(plan);
    const { price } = (await t.admin('GET', `/plans/${plan}`)).body.data;
    await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota: 8 }), price, existing: 'now' }), 200);
    await sync(bought);
    expect(await useUp(bought.key)).toBe(8);
  });

  it('for new subscriptions only keeps the limit of existing ones, also after syncs and a renewal', async () => {
    const plan = await t.sell({ quota: 5 });
    const bought = await t.buy(plan);
    const { price } = (await t.admin('GET', `/plans/${plan}`)).body.data;
    await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota: 8 }), price, existing: 'keep' }), 200);
    await sync(bought);
    await t.advance(32 * 24 * HOUR);
    await sync(bought);
    expect(await useUp(bought.key)).toBe(5);
    const later = await t.buy(plan);
    expect(await useUp(later.key)).toBe(8);
  });

  const sync = ({ consumerId }: Purchase) => expectStatus(t.admin('POST', `/billing/sync/${consumerId}`), 200);
});

describe('a renewal', () => {
  it('whose events arrive two hours late neither blocks the new period nor doubles its quota', async () => {
    // Stripe's clock is behind: a subscription bought a month and two hours ago has renewed here,
    // but not yet at Stripe.
    const stripeClock = movableClock();
    const late = await aSellingProduct({}, stripeClock);
    try {
      const plan = await late.sell({ quota: 10 });
      late.sandbox.controls.delivery({ mode: 'hold' });
      const bought = await monthsEarlier(2 * HOUR, stripeClock, () => late.buy(plan));
      const { currentPeriodEnd } = await late.subscription(bought.subscriptionId);
      expect(Date.parse(currentPeriodEnd as string), 'the last known period has ended').toBeLessThan(Date.now());
      for (let calls = 0; calls < 6; calls++) expect(await late.verdict(bought.key)).toBe('200');
      stripeClock.offsetMs = 0;
      late.sandbox.controls.advance({ seconds: 0 });
      expect(late.sandbox.controls.events().map(({ type }) => type)).toContain('invoice.paid');
      await late.sandbox.controls.deliver({});
      await late.settled();
      const after = (await late.own(bought.key)).body.data;
      expect(Date.parse(after.billing.currentPeriodEnd)).toBeGreaterThan(Date.now());
      expect(after.usage).toMatchObject({ used: 6, remaining: 4, periodEnd: after.billing.currentPeriodEnd });
      for (let calls = 0; calls < 4; calls++) expect(await late.verdict(bought.key)).toBe('200');
      expect(await late.verdict(bought.key)).toBe('429 QUOTA_EXCEEDED');
      expect(await late.accountOf(bought.entitlementId)).toMatchObject({ units: 10 });
    } finally {
      await late.stop();
    }
  });

  it('after a used-up quota allows calls again at the period boundary, even before any event arrives', async () => {
    const stripeClock = movableClock();
    const late = await aSellingProduct({}, stripeClock);
    try {
      const plan = await late.sell({ quota: 3 });
      late.sandbox.controls.delivery({ mode: 'hold' });
      const bought = await monthsEarlier(-8, stripeClock, () => late.buy(plan));
      for (let calls = 0; calls < 3; calls++) expect(await late.verdict(bought.key)).toBe('200');
      expect(await late.verdict(bought.key)).toBe('429 QUOTA_EXCEEDED');
      await until(async () => (await late.verdict(bought.key)) === '200');
      expect(Date.parse((await late.subscription(bought.subscriptionId)).currentPeriodEnd as string)).toBeLessThanOrEqual(Date.now());
      const served = [await late.verdict(bought.key), await late.verdict(bought.key), await late.verdict(bought.key)];
      expect(served).toEqual(['200', '200', '429 QUOTA_EXCEEDED']);
    } finally {
      await late.stop();
    }
  });
});

/**
 * Runs `act` with Stripe’s clock set back by whole months plus `seconds`: a subscription bought in
 * it has a monthly period boundary `seconds` ago.
 */
async function monthsEarlier<T>(seconds: number, clock: MovableClock, act: () => Promise<T>): Promise<T> {
  const now = clock.now();
  const boundary = new Date(now - seconds * 1_000);
  const then = new Date(boundary);
  // Go back to a month that has this day.
  for (let months = 1; then.getTime() === boundary.getTime() || then.getUTCDate() !== boundary.getUTCDate(); months++) {
    then.setTime(boundary.getTime());
    then.setUTCMonth(boundary.getUTCMonth() - months);
  }
  clock.offsetMs = then.getTime() - now;
  return act();
}

describe('quota periods with an anchor at the end of a month', () => {
  it('match Stripe’s billing periods for 14 renewals, including Februaries of 28 and 29 days', async () => {
    const far = await aSellingProduct();
    const reach = async (at: number) => {
      far.clock.offsetMs += at - far.clock.now();
      await far.advance(0);
    };
    const buyOn = async (at: number) => {
      await reach(at);
      return far.buy();
    };
    /** Compares the current period with Stripe's. @returns its end */
    const compare = async ({ key, subscriptionId }: Purchase): Promise<string> => {
      const [item] = (await far.stripe.subscriptions.retrieve(subscriptionId)).items.data;
      const { usage: window, billing } = (await far.own(key)).body.data;
      expect([secondsOf(window.periodStart), secondsOf(window.periodEnd)]).toEqual([item?.current_period_start, item?.current_period_end]);
      expect(billing.currentPeriodEnd).toBe(window.periodEnd);
      return window.periodEnd;
    };
    try {
      const year = yearBeforeLeap(new Date().getUTCFullYear() + 1);
      const bought: Purchase[] = [];
      for (const day of [29, 30, 31]) bought.push(await buyOn(Date.UTC(year, 0, day, 10, 30)));
      const ends: string[] = [];
      for (let month = 1; month <= 27; month++) {
        if (month === 13) bought.push(await buyOn(Date.UTC(year + 1, 1, 29, 10, 30)));
        await reach(Date.UTC(year, month + 1, 1));
        const compared = month <= 14 ? bought : bought.slice(3);
        for (const one of compared) ends.push(await compare(one));
      }
      expect(ends).toHaveLength(3 * 14 + 15);
      expect(ends).toContain(`${year + 1}-02-29T10:30:00.000Z`);
      expect(ends).toContain(`${year + 1}-03-31T10:30:00.000Z`);
      expect(ends).toContain(`${year + 2}-02-28T10:30:00.000Z`);
    } finally {
      await far.stop();
    }
  });

  const yearBeforeLeap = (year: number): number =>
    new Date(Date.UTC(year + 1, 1, 29)).getUTCDate() === 29 ? year : yearBeforeLeap(year + 1);
});
