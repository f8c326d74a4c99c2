import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../testing/app.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const issue = async (body: object = {}) => (await control.call('POST', '/keys', { name: 'a key', plan: 'starter', ...body })).body.data;
const get = async (id: string) => (await control.call('GET', `/keys/${id}`)).body.data;
const act = (id: string, verb: string, body?: object) => control.call('POST', `/keys/${id}/${verb}`, body);
const inMs = (ms: number) => new Date(control.context.clock.now() + ms).toISOString();
const audited = async (id: string) =>
  (await control.call('GET', `/audit?objectType=key&objectId=${id}`)).body.data.map(({ action }: { action: string }) => action);
/** The snapshot versions that a key and its entitlement are stamped with. */
const stamp = async (id: string) =>
  control.database.db
    .selectFrom('keys')
    .innerJoin('entitlements', 'entitlements.id', 'keys.entitlement_id')
    .select(['keys.snapshot_version as key', 'entitlements.snapshot_version as entitlement'])
    .where('keys.id', '=', id)
    .executeTakeFirstOrThrow();

describe('suspend and resume', () => {
  test('each changes the status once; a repetition changes nothing and writes no audit entry', async () => {
    const { id } = await issue();
    const before = control.changes();
    for (const verb of ['suspend', 'suspend', 'resume', 'resume']) {
      expect((await act(id, verb)).body.data.status).toBe(verb === 'suspend' ? 'suspended' : 'enabled');
    }
    expect(control.changes() - before).toBe(2);
    expect(await audited(id)).toEqual(['key.resume', 'key.suspend', 'key.create']);
  });

  test('each change stamps the key with a new snapshot version', async () => {
    const { id } = await issue();
    const first = (await stamp(id)).key;
    await act(id, 'suspend');
    const second = (await stamp(id)).key;
    expect(second).toBeGreaterThan(first);
    const { version } = await control.database.db.selectFrom('snapshot_version').select('version').executeTakeFirstOrThrow();
    expect(version).toBe(second);
  });
});

describe('revoke', () => {
  test('revoking is final: twice is 200, any other change is 409', async () => {
    const { id } = await issue();
    expect((await act(id, 'revoke')).body.data.status).toBe('revoked');
    const again = await act(id, 'revoke');
    expect([again.status, again.body.data.status]).toEqual([200, 'revoked']);
    expect(await audited(id)).toEqual(['key.revoke', 'key.create']);
    for (const [verb, body] of [['suspend'], ['resume'], ['rotate', {}]] as const) {
      expect(await act(id, verb, body)).toMatchObject({ status: 409, body: { code: 'KEY_REVOKED' } });
    }
    expect(await control.call('PATCH', `/keys/${id}`, { name: 'x' })).toMatchObject({ status: 409, body: { code: 'KEY_REVOKED' } });
    expect((await get(id)).status).toBe('revoked');
  });
});

describe('rotate', () => {
  test('without overlap the old key is revoked, and the new one has its entitlement, name and expiry', async () => {
    const old = await issue({ name: 'robot', expiresAt: inMs(60_000) });
    const rotated = await act(old.id, 'rotate');
    expect(rotated.status).toBe(201);
    expect(rotated.body.data).toMatchObject({
      name: 'robot',
      entitlementId: old.entitlementId,
      rotatedFrom: old.id,
      expiresAt: old.expiresAt,
      status: 'enabled',
    });
    expect(rotated.body.data.key).not.toBe(old.key);
    expect((await get(old.id)).status).toBe('revoked');
    expect(await audited(old.id)).toContain('key.rotate');
  });

  test('with an overlap the old key stays valid for exactly that time', async () => {
    const old = await issue();
    const end = inMs(10_000);
    await act(old.id, 'rotate', { overlapSeconds: 10 });
    expect(await get(old.id)).toMatchObject({ status: 'enabled', expiresAt: end });
    control.advance(9_999);
    expect((await get(old.id)).status).toBe('enabled');
    control.advance(1);
    expect((await get(old.id)).status).toBe('expired');
  });

  test('an overlap does not extend the expiry of the old key', async () => {
    const old = await issue({ expiresAt: inMs(5_000) });
    await act(old.id, 'rotate', { overlapSeconds: 10 });
    expect((await get(old.id)).expiresAt).toBe(old.expiresAt);
  });

  test('rotating a suspended key does not lift the suspension', async () => {
    const old = await issue();
    await act(old.id, 'suspend');
    expect((await act(old.id, 'rotate')).body.data.status).toBe('suspended');
  });

  test('an expired key can’t be rotated', async () => {
    const { id } = await issue({ expiresAt: inMs(1) });
    control.advance(1);
    expect(await act(id, 'rotate', {})).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  });

  test.each([
    [0, 201],
    [2_592_000, 201],
    [2_592_001, 400],
    [-1, 400],
    [0.5, 400],
    ['10', 400],
  ])('an overlap of %s seconds gets a %i', async (overlapSeconds, status) => {
    const { id } = await issue();
    expect((await act(id, 'rotate', { overlapSeconds })).status).toBe(status);
  });

  test('of two concurrent rotations one succeeds, and the other finds the key revoked', async () => {
    const { id } = await issue();
    const replies = await Promise.all([act(id, 'rotate', {}), act(id, 'rotate', {})]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('patch', () => {
  test('name and expiry change; null removes the expiry; an unchanged patch writes no audit entry', async () => {
    const { id } = await issue();
    const expiresAt = inMs(1_000);
    expect((await control.call('PATCH', `/keys/${id}`, { name: 'new', expiresAt })).body.data).toMatchObject({ name: 'new', expiresAt });
    await control.call('PATCH', `/keys/${id}`, { name: 'new', expiresAt });
    expect((await control.call('PATCH', `/keys/${id}`, { expiresAt: null })).body.data).toMatchObject({ name: 'new', expiresAt: null });
    expect(await audited(id)).toEqual(['key.update', 'key.update', 'key.create']);
  });

  test('a new plan moves the entitlement with all its keys, and stamps it for the guard', async () => {
    const first = await issue();
    const second = await issue({ entitlementId: first.entitlementId });
    const before = (await stamp(second.id)).entitlement;
    expect((await control.call('PATCH', `/keys/${first.id}`, { plan: 'pro' })).body.data.plan).toBe('pro');
    expect((await get(second.id)).plan).toBe('pro');
    expect((await stamp(second.id)).entitlement).toBeGreaterThan(before);
    const { data } = (await control.call('GET', `/audit?objectType=entitlement&objectId=${first.entitlementId}`)).body;
    expect(data[0]).toMatchObject({ action: 'entitlement.move', details: { plan: 'pro', from: { plan: 'starter', planVersion: 1 } } });
  });

  test.each([
    [{}, '#'],
    [{ plan: 'gold' }, '#/plan'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, '#/expiresAt'],
    [{ name: null }, '#/name'],
    [{ status: 'enabled' }, '#/status'],
  ])('the patch %j is refused, pointing at %s, and changes nothing', async (patch, pointer) => {
    const { id } = await issue();
    const before = await get(id);
    const refused = await control.call('PATCH', `/keys/${id}`, {
      ...('name' in patch || !('plan' in patch) ? {} : { name: 'kept' }),
      ...patch,
    });
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].pointer).toBe(pointer);
    expect(await get(id)).toEqual(before);
  });
});
