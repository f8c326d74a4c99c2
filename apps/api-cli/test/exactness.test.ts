import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, planLimits } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';

let t: TestProduct;
beforeAll(async () => {
  t = await aProduct();
});
afterAll(() => t.stop());

const many = <T>(n: number, work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, work));
const statuses = (responses: { status: number }[]) => ({
  ok: responses.filter(({ status }) => status === 200).length,
  refused: responses.filter(({ status }) => status === 429).length,
});

/**
 * Moves the clock to the next window if less than half of the current one is left, so that no test
 * spans two windows.
 */
async function earlyInWindow(windowSeconds: number): Promise<void> {
  const windowMs = windowSeconds * 1_000;
  const elapsed = t.clock.offsetMs + Date.now();
  if (elapsed % windowMs <= windowMs / 2) return;
  t.clock.offsetMs += windowMs - (elapsed % windowMs);
  // At the new time the snapshot may be too old to serve calls.
  await t.product.gateway.snapshot.refresh();
}

describe('a quota', () => {
  it('of 100 units admits exactly 100 of 200 parallel calls, and the ledger has 100', async () => {
    const { key, entitlementId } = await t.issue({ quota: 100 });
    expect(statuses(await many(200, () => t.call(key)))).toEqual({ ok: 100, refused: 100 });
    expect(await t.accountOf(entitlementId)).toEqual({ settled: 100, leased: 0, units: 100, calls: 100, events: 100 });
  });

  it.each([0, 1, 2])('of %i units admits exactly that many calls', async (limit) => {
    const { key, entitlementId } = await t.issue({ quota: limit });
    expect(statuses(await many(limit + 2, () => t.call(key)))).toEqual({ ok: limit, refused: 2 });
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: limit, units: limit });
  });

  it('counts units: a call that costs more than is left is refused, and a cheaper one is served', async () => {
    const { key } = await t.issue({ quota: 6 });
    expect((await t.call(key, 'qr_code', { text: 'a' })).status).toBe(200);
    expect((await t.call(key, 'qr_code', { text: 'a' })).body.code).toBe('QUOTA_EXCEEDED');
    expect((await t.call(key, 'csv_to_json', { csv: 'a\n1\n' })).body.code).toBe('QUOTA_EXCEEDED');
    expect((await t.call(key)).status).toBe(200);
    expect((await t.call(key)).body.code).toBe('QUOTA_EXCEEDED');
  });

  it('without a limit meters calls and never refuses one', async () => {
    const { key, entitlementId } = await t.issue({ quota: null, rate: null });
    const answers = await many(50, () => t.call(key));
    expect(statuses(answers)).toEqual({ ok: 50, refused: 0 });
    expect(answers[0]?.headers.get('ratelimit')).toBeNull();
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 50, units: 50 });
  });
});

describe('a rate limit and a quota', () => {
  it('of 12 a minute and 200 a month leave exactly 188 units after 13 calls', async () => {
    await earlyInWindow(60);
    const { key, id } = await t.issue({ quota: 200, rate: 12 });
    expect(statuses(await many(13, () => t.call(key)))).toEqual({ ok: 12, refused: 1 });
    const me = await t.request('GET', '/api/admin/keys/me', { headers: { 'x-api-key': key } });
    expect(me.body.data).toMatchObject({ id, usage: { used: 12, limit: 200, remaining: 188 }, rate: { limit: 12, remaining: 0 } });
  });

  it('are counted separately: a rate-limited call uses no quota, an invalid call uses rate but no quota', async () => {
    await earlyInWindow(60);
    const { key, entitlementId } = await t.issue({ quota: 100, rate: 3 });
    expect((await t.call(key, 'nope')).body.code).toBe('UNKNOWN_ACTION');
    expect((await t.call(key, 'text_stats', {})).body.code).toBe('VALIDATION_FAILED');
    const last = await t.call(key);
    expect([last.status, last.headers.get('x-ratelimit-remaining')]).toEqual([200, '0']);
    const refused = await t.call(key);
    expect([refused.status, refused.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('ratelimit')).toMatch(/"quota";r=99;/);
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 1, units: 1, calls: 3, events: 3 });
  });

  it('count down in the headers of seven calls with a rate limit of 6', async () => {
    await earlyInWindow(60);
    const { key } = await t.issue({ quota: 1_000, rate: 6 });
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await t.call(key));
    expect(answers.map((answer) => answer.headers.get('x-ratelimit-remaining'))).toEqual(['5', '4', '3', '2', '1', '0', '0']);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });
});

describe('an entitlement', () => {
  it('shares its quota and rate between two keys and a rotated one', async () => {
    await earlyInWindow(60);
    const first = await t.issue({ quota: 10, rate: 9 });
    const second = await t.issue({ entitlementId: first.entitlementId });
    expect(second.entitlementId).toBe(first.entitlementId);
    await many(3, () => t.call(first.key));
    await many(3, () => t.call(second.key));
    const rotated = (await expectStatus(t.admin('POST', `/keys/${first.id}/rotate`, { overlapSeconds: 60 }), 201)).body.data;
    const answer = await t.call(rotated.key);
    expect(answer.headers.get('ratelimit')).toMatch(/^"rate";r=2;t=\d+, "quota";r=3;/);
    await many(2, () => t.call(first.key));
    const limited = await t.call(second.key);
    expect(limited.body.code).toBe('RATE_LIMITED');
    t.clock.offsetMs += 120_000;
    await t.product.gateway.snapshot.refresh();
    expect((await t.call(rotated.key)).status).toBe(200);
    expect((await t.call(second.key)).body.code).toBe('QUOTA_EXCEEDED');
    expect(await t.accountOf(first.entitlementId)).toMatchObject({ settled: 10, units: 10 });
  });
});

describe('a plan edit', () => {
  it('under load loses no usage, whether the limit is raised or lowered', async () => {
    const plan = await t.plan({ quota: 400 });
    const { key, entitlementId } = await t.issue({ plan });
    const outcomes: number[] = [];
    let stop = false;
    const callers = many(8, async () => {
      while (!stop) outcomes.push((await t.call(key)).status);
    });
    const limits = [350, 900, 450, 500, 480, 600];
    for (const limit of limits) {
      const before = outcomes.length;
      await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota: limit }) }), 200);
      await expect.poll(() => outcomes.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    }
    const exhausted = () => outcomes.slice(-50).every((status) => status === 429);
    await expect.poll(exhausted, { timeout: 30_000 }).toBe(true);
    stop = true;
    await callers;
    const ok = outcomes.filter((status) => status === 200).length;
    expect(outcomes.every((status) => status === 200 || status === 429)).toBe(true);
    expect(await t.accountOf(entitlementId)).toEqual({ settled: ok, leased: 0, units: ok, calls: ok, events: ok });
    expect(ok).toBe(600);
  });

  it('to a limit below the used units admits no more calls, and a raise then admits exactly the difference', async () => {
    const plan = await t.plan({ quota: 100 });
    const { key, entitlementId } = await t.issue({ plan });
    await many(60, () => t.call(key));
    const edit = (quota: number | null) => expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota }) }), 200);
    await t.shipped();
    await edit(50);
    const refused = await t.call(key);
    expect([refused.body.code, refused.headers.get('x-ratelimit-remaining')]).toEqual(['QUOTA_EXCEEDED', '0']);
    await edit(75);
    expect(statuses(await many(30, () => t.call(key)))).toEqual({ ok: 15, refused: 15 });
    await edit(null);
    expect(statuses(await many(10, () => t.call(key)))).toEqual({ ok: 10, refused: 0 });
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 85, units: 85 });
  });

  it.each([
    [110, 100, 0],
    [9, 11, 2],
    [10, 10, 0],
  ])('from unlimited with %i units used to a limit of %i admits %i more', async (used, quota, more) => {
    const plan = await t.plan({ quota: null });
    const { key, entitlementId } = await t.issue({ plan });
    await many(used, () => t.call(key));
    await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota }) }), 200);
    expect(statuses(await many(12, () => t.call(key)))).toEqual({ ok: more, refused: 12 - more });
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: used + more, units: used + more });
  });

  it('that changes the period from month to day and back keeps a single quota period and its usage', async () => {
    const plan = await t.plan({ quota: 10 });
    const { key, entitlementId } = await t.issue({ plan });
    await many(4, () => t.call(key));
    for (const period of ['day', 'month'] as const) {
      await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota: 10, period }) }), 200);
      const answer = await t.call(key);
      expect(answer.status).toBe(200);
      const secondsLeft = Number(/"quota";r=\d+;t=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
      if (period === 'day') expect(secondsLeft).toBeLessThanOrEqual(86_400);
      else expect(secondsLeft).toBeGreaterThan(27 * 86_400);
    }
    expect(statuses(await many(10, () => t.call(key)))).toEqual({ ok: 4, refused: 6 });
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 10 });
  });
});
