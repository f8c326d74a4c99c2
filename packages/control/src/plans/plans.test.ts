import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { seedPlans } from './change.ts';
import { versionForPrice } from './store.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
  control.advance(10);
});
afterAll(() => control.close());

let planCount = 0;
const aPlan = (body: object = {}) => ({
  id: `plan-${++planCount}`,
  name: 'A plan',
  quota: { limit: 100, period: 'month' },
  rate: { limit: 10, windowSeconds: 60 },
  ...body,
});
const create = (body: object = {}) => control.call('POST', '/plans', aPlan(body));
const put = ({ id, ...body }: { id: string }, change: object = {}) => control.call('PUT', `/plans/${id}`, { ...body, ...change });
const issue = async (plan: string) => (await control.call('POST', '/keys', { name: 'k', plan })).body.data;
const versionOf = async (keyId: string) => (await control.call('GET', `/keys/${keyId}`)).body.data.planVersion;
const versions = async (id: string) =>
  (await control.database.db.selectFrom('plan_versions').select('version').where('plan_id', '=', id).execute()).length;

describe('default plans', () => {
  test('a new database gets starter, pro and enterprise, from small to large', async () => {
    const fresh = await controlApp();
    const { data } = (await fresh.call('GET', '/plans')).body;
    const price = (amountCents: number) => ({ amountCents, currency: 'usd', interval: 'month' });
    expect(data).toMatchObject([
      { id: 'starter', quota: { limit: 1_000, period: 'month' }, rate: { limit: 60, windowSeconds: 60 }, price: price(900) },
      { id: 'pro', quota: { limit: 10_000, period: 'month' }, rate: { limit: 600, windowSeconds: 60 }, price: price(4_900) },
      { id: 'enterprise', quota: { limit: 100_000, period: 'month' }, rate: { limit: 5_000, windowSeconds: 60 }, price: price(49_900) },
    ]);
    await fresh.close();
  });

  test('a deleted default does not come back, not even when all are gone', async () => {
    const fresh = await controlApp();
    for (const id of ['starter', 'pro', 'enterprise']) expect((await fresh.call('DELETE', `/plans/${id}`)).status).toBe(200);
    await seedPlans(fresh.context);
    expect((await fresh.call('GET', '/plans')).body.data).toEqual([]);
    await fresh.close();
  });

  test('two concurrent starts seed once', async () => {
    const fresh = await controlApp({ withPlans: false });
    await Promise.all([seedPlans(fresh.context), seedPlans(fresh.context)]);
    expect((await fresh.call('GET', '/plans')).body.data).toHaveLength(3);
    await fresh.close();
  });
});

describe('creating', () => {
  test('a new plan is returned as it will be read', async () => {
    const body = aPlan({ price: { amountCents: 0, currency: 'eur', interval: 'year' }, apis: ['hello', 'actions'] });
    const reply = await control.call('POST', '/plans', body);
    expect(reply.status).toBe(201);
    expect(reply.body.data).toEqual({ ...body, version: 1, entitlements: 0, moving: 0, createdAt: expect.any(String) });
    expect((await control.call('GET', `/plans/${body.id}`)).body.data).toEqual(reply.body.data);
  });

  test('a second plan with the same id is 409, even when both are sent at once', async () => {
    const body = aPlan();
    const replies = await Promise.all([control.call('POST', '/plans', body), control.call('POST', '/plans', body)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await control.call('POST', '/plans', body)).toMatchObject({ status: 409, body: { code: 'PLAN_EXISTS' } });
  });

  test.each([
    { id: 'a' },
    { id: '0'.repeat(63) },
    { quota: { limit: 0, period: 'day' } },
    { quota: { limit: 9_000_000_000_000_000, period: 'month' } },
    { quota: { limit: null, period: 'month' }, rate: { limit: null, windowSeconds: 1 } },
    { rate: { limit: 0, windowSeconds: 86_400 } },
    { rate: { limit: 1_000_000, windowSeconds: 1 } },
    { price: null, apis: null },
    { apis: [] },
  ])('the boundary value %j is accepted and read back', async (body) => {
    const reply = await create(body);
    expect(reply.status).toBe(201);
    expect((await control.call('GET', `/plans/${reply.body.data.id}`)).body.data).toMatchObject(body);
  });

  test.each([
    [{ id: 'A' }, '#/id'],
    [{ id: '' }, '#/id'],
    [{ id: '-a' }, '#/id'],
    [{ id: 'a'.repeat(64) }, '#/id'],
    [{ id: 'a b' }, '#/id'],
    [{ id: undefined }, '#/id'],
    [{ name: '' }, '#/name'],
    [{ quota: { limit: -1, period: 'month' } }, '#/quota/limit'],
    [{ quota: { limit: 9_000_000_000_000_001, period: 'month' } }, '#/quota/limit'],
    [{ quota: { limit: 1.5, period: 'month' } }, '#/quota/limit'],
    [{ quota: { limit: '100', period: 'month' } }, '#/quota/limit'],
    [{ quota: { period: 'month' } }, '#/quota/limit'],
    [{ quota: { limit: 1, period: 'week' } }, '#/quota/period'],
    [{ quota: { limit: 1, period: 'day', burst: 2 } }, '#/quota/burst'],
    [{ rate: { limit: -1, windowSeconds: 60 } }, '#/rate/limit'],
    [{ rate: { limit: 1_000_001, windowSeconds: 60 } }, '#/rate/limit'],
    [{ rate: { limit: 1, windowSeconds: 0 } }, '#/rate/windowSeconds'],
    [{ rate: { limit: 1, windowSeconds: 86_401 } }, '#/rate/windowSeconds'],
    [{ rate: { limit: true, windowSeconds: 60 } }, '#/rate/limit'],
    [{ price: { amountCents: -1, currency: 'eur', interval: 'month' } }, '#/price/amountCents'],
    [{ price: { amountCents: 1, currency: 'EUR', interval: 'month' } }, '#/price/currency'],
    [{ price: { amountCents: 1, currency: 'zzz', interval: 'month' } }, '#/price/currency'],
    [{ apis: ['a', 'a'] }, '#/apis'],
    [{ apis: ['A'] }, '#/apis/0'],
    [{ version: 2 }, '#/version'],
  ])('%j is refused with 400, pointing at %s', async (body, pointer) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer }] } });
  });
});

describe('editing', () => {
  test('an edit creates the next version, moves the entitlements and notifies the gateway', async () => {
    const plan = (await create()).body.data;
    const key = await issue(plan.id);
    const before = control.changes();
    const edited = await put(aPlan({ id: plan.id }), { name: 'Better' });
    expect(edited).toMatchObject({
      status: 200,
      body: { data: { version: 2, name: 'Better', entitlements: 1, createdAt: plan.createdAt } },
    });
    expect(await versionOf(key.id)).toBe(2);
    expect(control.changes() - before).toBe(1);
    const stamps = await control.database.db
      .selectFrom('entitlements as e')
      .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
      .innerJoin('snapshot_version as s', (join) => join.onTrue())
      .select(['e.snapshot_version as entitlement', 'v.snapshot_version as plan', 's.version'])
      .where('e.id', '=', key.entitlementId)
      .executeTakeFirstOrThrow();
    expect([stamps.entitlement, stamps.plan]).toEqual([stamps.version, stamps.version]);
  });

  test('existing: "keep" leaves entitlements on their version; a later "now" moves them without a new version', async () => {
    const body = aPlan();
    await control.call('POST', '/plans', body);
    const key = await issue(body.id);
    await put(body, { name: 'Second', existing: 'keep' });
    expect(await versionOf(key.id)).toBe(1);
    expect((await issue(body.id)).planVersion).toBe(2);
    expect((await put(body, { name: 'Second', existing: 'now' })).body.data.version).toBe(2);
    expect(await versionOf(key.id)).toBe(2);
  });

  test('an unchanged body creates no version and no audit entry; a missing field is the same as null', async () => {
    const body = aPlan();
    await control.call('POST', '/plans', body);
    const before = control.changes();
    expect((await put(body, { price: null, apis: null })).body.data.version).toBe(1);
    expect(await versions(body.id)).toBe(1);
    expect(control.changes()).toBe(before);
    expect((await control.call('GET', `/audit?objectType=plan&objectId=${body.id}`)).body.data).toHaveLength(1);
  });

  test('every term counts as a change', async () => {
    const body = aPlan({ price: { amountCents: 1, currency: 'eur', interval: 'month' }, apis: ['a'] });
    await control.call('POST', '/plans', body);
    let version = 1;
    for (const change of [
      { name: 'Other' },
      { quota: { limit: 101, period: 'month' } },
      { quota: { limit: 101, period: 'day' } },
      { rate: { limit: 11, windowSeconds: 60 } },
      { rate: { limit: 11, windowSeconds: 61 } },
      { price: { amountCents: 2, currency: 'eur', interval: 'month' } },
      { price: null },
      { apis: ['a', 'b'] },
      { apis: null },
    ]) {
      Object.assign(body, change);
      expect((await put(body)).body.data.version).toBe(++version);
    }
  });

  test('versions are immutable: concurrent edits create one version each', async () => {
    const body = aPlan();
    await control.call('POST', '/plans', body);
    await Promise.all([1, 2, 3, 4].map((limit) => put(body, { quota: { limit, period: 'month' } })));
    expect((await control.call('GET', `/plans/${body.id}`)).body.data.version).toBe(5);
    expect(await versions(body.id)).toBe(5);
  });

  test('a PUT to an unknown plan is 404; one with another id in the body is 400', async () => {
    expect(await put(aPlan({ id: 'none' }))).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const refused = await control.call('PUT', '/plans/pro', aPlan());
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/id' }] } });
    expect((await put(aPlan({ id: 'pro' }), { existing: 'later' })).body.errors[0].pointer).toBe('#/existing');
  });
});

describe('deleting', () => {
  test('a plan with any version in use can’t be deleted; an unused one is deleted with its versions', async () => {
    const body = aPlan();
    await control.call('POST', '/plans', body);
    const key = await issue(body.id);
    await put(body, { name: 'Second', existing: 'keep' });
    expect(await control.call('DELETE', `/plans/${body.id}`)).toMatchObject({
      status: 409,
      body: { code: 'PLAN_IN_USE', error: { details: { entitlements: 1 } } },
    });
    await control.call('PATCH', `/keys/${key.id}`, { plan: 'pro' });
    expect((await control.call('DELETE', `/plans/${body.id}`)).body.data).toEqual({ id: body.id });
    expect(await versions(body.id)).toBe(0);
    for (const method of ['GET', 'DELETE']) expect((await control.call(method, `/plans/${body.id}`)).status).toBe(404);
  });
});

describe('listing', () => {
  test('paging returns every plan once, oldest first', async () => {
    const all = (await control.call('GET', '/plans?limit=1000')).body.data;
    const walked = await control.walk('/plans', 3);
    expect(walked).toEqual(all);
    expect(all[0].id).toBe('starter');
  });
});

test('the version for a price is the newest one sold at that price, or null', async () => {
  const price = { amountCents: 900, currency: 'eur', interval: 'month' } as const;
  const body = aPlan({ price });
  await control.call('POST', '/plans', body);
  await put(body, { price, name: 'A better plan' });
  await put(body, { price: { ...price, amountCents: 1_000 } });
  await put(body, { price: null });
  const versionFor = (change: object = {}) => versionForPrice(control.database.db, body.id, { ...price, ...change });
  expect(await Promise.all([versionFor(), versionFor({ amountCents: 1_000 })])).toEqual([2, 3]);
  for (const other of [{ amountCents: 1 }, { currency: 'usd' }, { interval: 'year' }]) expect(await versionFor(other)).toBeNull();
  expect(await versionForPrice(control.database.db, 'gold', price)).toBeNull();
});
