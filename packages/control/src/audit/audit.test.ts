import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { change } from '../transaction/change.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const entries = async (query = '') => (await control.call('GET', `/audit?limit=1000${query}`)).body.data;
const version = async () => (await control.database.db.selectFrom('snapshot_version').select('version').executeTakeFirstOrThrow()).version;

test('an entry records who did what to which object, when, and in which request', async () => {
  const { body } = await control.call('POST', '/keys', { name: 'seen', plan: 'pro' });
  const [entry] = await entries(`&objectType=key&objectId=${body.data.id}`);
  expect(entry).toEqual({
    id: expect.stringMatching(/^\d+$/),
    at: new Date(START).toISOString(),
    actor: 'env',
    action: 'key.create',
    objectType: 'key',
    objectId: body.data.id,
    details: { name: 'seen', entitlementId: body.data.entitlementId, expiresAt: null, rotatedFrom: null },
    requestId: body.meta.requestId,
  });
});

test('changes made by the product are recorded with the actor system', async () => {
  const seeded = await entries('&objectType=plan');
  expect(seeded.map(({ actor, action, objectId }: Record<string, string>) => [actor, action, objectId])).toEqual([
    ['system', 'plan.create', 'enterprise'],
    ['system', 'plan.create', 'pro'],
    ['system', 'plan.create', 'starter'],
  ]);
});

test('paging returns every entry once, newest first; an unknown object type has none', async () => {
  const all = await entries();
  const walked = await control.walk('/audit', 2);
  expect(walked).toEqual(all);
  const ids = all.map(({ id }: { id: string }) => Number(id));
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect(await entries('&objectType=nothing')).toEqual([]);
});

test('filters by actor, action and time work alone, combined and across pages', async () => {
  control.advance(60_000);
  const created = (await control.call('POST', '/keys', { name: 'timed', plan: 'pro' })).body.data;
  await control.call('PATCH', `/keys/${created.id}`, { name: 'renamed' });
  control.advance(1);
  await control.call('POST', `/keys/${created.id}/revoke`);
  const time = (ms: number) => encodeURIComponent(new Date(START + ms).toISOString());
  const actions = async (query: string) => (await entries(query)).map(({ action }: { action: string }) => action);
  expect(new Set((await entries('&actor=system')).map(({ actor }: { actor: string }) => actor))).toEqual(new Set(['system']));
  expect(await entries('&actor=nobody')).toEqual([]);
  expect(await actions('&action=key.update')).toEqual(['key.update']);
  expect(await actions(`&from=${time(60_000)}&to=${time(60_001)}`)).toEqual(['key.update', 'key.create', 'entitlement.create']);
  expect(await actions(`&from=${time(60_001)}`)).toEqual(['key.revoke']);
  expect(await actions(`&from=${time(60_002)}`)).toEqual([]);
  expect(await actions(`&actor=env&action=key.create&objectType=key&objectId=${created.id}&from=${time(60_000)}`)).toEqual(['key.create']);
  expect(await actions(`&actor=system&from=${time(60_000)}`)).toEqual([]);
  const { data, meta } = (await control.call('GET', `/audit?limit=1&to=${time(60_001)}&from=${time(60_000)}&actor=env`)).body;
  expect(data[0].action).toBe('key.update');
  const next = await actions(`&to=${time(60_001)}&from=${time(60_000)}&actor=env&cursor=${meta.pagination.cursor}`);
  expect(next).toEqual(['key.create', 'entitlement.create']);
});

test.each([
  'limit=0',
  'limit=1001',
  'cursor=%00',
  'cursor=bnVsbA',
  'objectType=',
  'actor=',
  'action=a%00b',
  'from=yesterday',
  'to=2026-02-30T00:00:00Z',
  'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
  'requestId=x',
])('the query %s is refused with 400', async (query) => {
  expect((await control.call('GET', `/audit?${query}`)).status).toBe(400);
});

test('a failed change writes no audit entry, row or version, and does not notify the gateway', async () => {
  const [before, versionBefore, changesBefore] = [await entries(), await version(), control.changes()];
  const failing = change(control.context, { id: 'env', requestId: null }, async ({ tx, record }) => {
    await tx
      .insertInto('operator_keys')
      .values({ id: 'lost', name: 'lost', hash: 'lost', created_at: new Date(START) })
      .execute();
    record({ action: 'operator.create', objectId: 'lost' });
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  expect(await entries()).toEqual(before);
  expect(await version()).toBe(versionBefore);
  expect(control.changes()).toBe(changesBefore);
  expect(await control.database.db.selectFrom('operator_keys').selectAll().execute()).toEqual([]);
});

test('a change is rolled back when its audit entry can’t be written', async () => {
  await sql`alter table audit add constraint refused check (action <> 'key.suspend')`.execute(control.database.db);
  const { data } = (await control.call('POST', '/keys', { name: 'kept', plan: 'pro' })).body;
  expect((await control.call('POST', `/keys/${data.id}/suspend`)).status).toBe(500);
  expect(control.faults.splice(0)).toHaveLength(1);
  expect((await control.call('GET', `/keys/${data.id}`)).body.data.status).toBe('enabled');
});

test('a change that fails at its commit writes no audit entry', async () => {
  await sql`alter table consumers add constraint late unique (name) deferrable initially deferred`.execute(control.database.db);
  expect((await control.call('POST', '/consumers', { name: 'Ada' })).status).toBe(201);
  expect((await control.call('POST', '/consumers', { name: 'Ada' })).status).toBe(500);
  expect(control.faults.splice(0)).toHaveLength(1);
  expect(await entries('&objectType=consumer')).toHaveLength(1);
});

test('concurrent changes get consecutive versions', async () => {
  const from = await version();
  const versions: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, () =>
      change(control.context, { id: 'env', requestId: null }, async (write) => void versions.push(write.version)),
    ),
  );
  expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 8 }, (_, index) => from + 1 + index));
});
