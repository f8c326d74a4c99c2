import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { grantEntitlement, setAccess } from '../entitlements/subscription.ts';
import { isDatabaseUnavailable } from '../store/errors.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { type LossyDatabase, lossyDatabase } from '../testing/lost-commit.ts';
import { change, changeRecord, SYSTEM } from './change.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling() });
});
afterAll(() => control.close());
afterEach(() => {
  control.gateway.isGone = false;
});

const issue = async (body: object = {}) => (await control.call('POST', '/keys', { name: 'a key', plan: 'pro', ...body })).body.data;
const statusOf = async (id: string) => (await control.call('GET', `/keys/${id}`)).body.data.status;
const inMs = (ms: number) => new Date(control.context.clock.now() + ms).toISOString();
const aPlan = async (id: string, limit: number) => {
  const terms = { name: id, quota: { limit, period: 'month' }, rate: { limit: 10, windowSeconds: 60 } };
  return (await control.call('POST', '/plans', { id, ...terms })).body.data;
};
const edit = (id: string, limit: number, more: object = {}) =>
  control.call('PUT', `/plans/${id}`, { name: id, quota: { limit, period: 'month' }, rate: { limit: 10, windowSeconds: 60 }, ...more });

describe('the gateway', () => {
  test('receives the rows of a change and everything they refer to', async () => {
    const key = await issue();
    await control.call('PATCH', `/keys/${key.id}`, { expiresAt: inMs(60_000) });
    const { version } = await control.database.db.selectFrom('snapshot_version').select('version').executeTakeFirstOrThrow();
    expect(control.gateway.changes.at(-1)).toMatchObject({
      version,
      complete: false,
      plans: [{ id: 'pro', version: 1 }],
      entitlements: [{ id: key.entitlementId, planId: 'pro', snapshotVersion: version - 1 }],
      keys: [{ id: key.id, expiresAt: control.context.clock.now() + 60_000, snapshotVersion: version }],
    });
  });

  test('receives nothing before the commit, and nothing of a failed change', async () => {
    const before = control.changes();
    const key = await issue();
    expect(control.changes() - before).toBe(1);
    await expect(
      change(control.context, SYSTEM, async ({ tx, version }) => {
        await tx.updateTable('keys').set({ operator_status: 'revoked', snapshot_version: version }).where('id', '=', key.id).execute();
        throw new Error('the work failed');
      }),
    ).rejects.toThrow('the work failed');
    expect([control.changes() - before, await statusOf(key.id)]).toEqual([1, 'enabled']);
  });
});

describe('while the gateway can’t be notified', () => {
  const RESTRICTIONS: [string, (id: string) => Promise<{ status: number; body: Record<string, unknown> }>][] = [
    ['a revocation', (id) => control.call('POST', `/keys/${id}/revoke`)],
    ['a suspension', (id) => control.call('POST', `/keys/${id}/suspend`)],
    ['an earlier expiry', (id) => control.call('PATCH', `/keys/${id}`, { expiresAt: inMs(1_000) })],
    ['a smaller plan', (id) => control.call('PATCH', `/keys/${id}`, { plan: 'starter' })],
  ];

  test.each(RESTRICTIONS)('%s gets a 503 that explains what happened, and so does its repetition', async (_name, restrict) => {
    const { id } = await issue();
    control.gateway.isGone = true;
    for (const reply of [await restrict(id), await restrict(id)]) {
      expect(reply).toMatchObject({
        status: 503,
        body: { code: 'CHANGE_NOT_IN_EFFECT', error: { details: { stored: true, boundSeconds: 30 } } },
      });
      expect(reply.body.detail).toMatch(/ in the database, but the gateway could not be notified\. .* 30 s\.$/);
    }
    control.gateway.isGone = false;
    expect((await restrict(id)).status).toBe(200);
  });

  test.each(RESTRICTIONS)('%s that is repeated succeeds only after the gateway has read the database', async (_name, restrict) => {
    const { id } = await issue();
    const reads = control.gateway.catchUps;
    expect((await restrict(id)).status).toBe(200);
    expect(control.gateway.catchUps).toBe(reads);
    expect((await restrict(id)).status).toBe(200);
    expect(control.gateway.catchUps).toBe(reads + 1);
  });

  test('a plan edit that is repeated succeeds only after the gateway has read the database', async () => {
    await aPlan('repeated', 100);
    await issue({ plan: 'repeated' });
    const reads = control.gateway.catchUps;
    expect((await edit('repeated', 99)).status).toBe(200);
    expect(control.gateway.catchUps).toBe(reads);
    expect((await edit('repeated', 99)).status).toBe(200);
    expect(control.gateway.catchUps).toBe(reads + 1);
  });

  test('lowering a plan gets a 503, raising it a 200', async () => {
    await aPlan('lowered', 100);
    await issue({ plan: 'lowered' });
    control.gateway.isGone = true;
    expect(await edit('lowered', 99)).toMatchObject({ status: 503, body: { code: 'CHANGE_NOT_IN_EFFECT' } });
    expect(await edit('lowered', 98, { existing: 'keep' })).toMatchObject({ status: 200 });
    expect(await edit('lowered', 101)).toMatchObject({ status: 200, body: { data: { version: 4, moved: 1 } } });
  });

  test('changes that restrict nothing succeed, and a new key is not lost', async () => {
    const { id } = await issue();
    const other = await issue();
    await control.call('POST', `/keys/${other.id}/suspend`);
    control.gateway.isGone = true;
    expect((await control.call('POST', '/keys', { name: 'new', plan: 'pro' })).body.data.key).toMatch(/^af_test_/);
    expect((await control.call('POST', `/keys/${id}/rotate`, {})).body.data.key).toMatch(/^af_test_/);
    expect((await control.call('POST', `/keys/${other.id}/resume`)).status).toBe(200);
    expect((await control.call('PATCH', `/keys/${other.id}`, { name: 'renamed', plan: 'enterprise', expiresAt: null })).status).toBe(200);
  });

  test('the worker suspends a subscription without an error', async () => {
    const consumerId = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
    const grant = {
      consumerId,
      planId: 'pro',
      planVersion: 1,
      mode: 'sandbox' as const,
      subscriptionId: 'sub_1',
      access: 'active' as const,
    };
    const { id } = await change(control.context, SYSTEM, (write) => grantEntitlement(write, { ...grant, anchor: new Date() }));
    const key = await issue({ plan: undefined, entitlementId: id });
    control.gateway.isGone = true;
    expect(await change(control.context, SYSTEM, (write) => setAccess(write, id, 'suspended'))).toBe(true);
    expect(await statusOf(key.id)).toBe('suspended');
  });
});

describe('a connection that is lost at the commit', () => {
  let lossy: LossyDatabase;
  beforeEach(async () => {
    lossy = await lossyDatabase(control.database.url);
  });
  afterEach(() => lossy.close());

  const OPERATOR = { id: 'env', requestId: null };
  const revoke = (id: string) =>
    change({ ...control.context, db: lossy.db }, OPERATOR, async ({ tx, version, at, restricts }) => {
      await tx
        .updateTable('keys')
        .set({ operator_status: 'revoked', snapshot_version: version, updated_at: at })
        .where('id', '=', id)
        .execute();
      restricts(`The key ${id} is revoked`);
      return 'revoked';
    });

  test('after the commit is stored makes no difference: the gateway is notified and the response is a success', async () => {
    const { id } = await issue();
    lossy.lose('before it is answered');
    await expect(revoke(id)).resolves.toBe('revoked');
    expect(control.gateway.changes.at(-1)?.keys).toMatchObject([{ id, status: 'revoked' }]);
    expect(await statusOf(id)).toBe('revoked');
  });

  test('before the commit arrives is a database error, and nothing is stored or sent to the gateway', async () => {
    const { id } = await issue();
    const changesBefore = control.changes();
    lossy.lose('before it arrives');
    await expect(revoke(id)).rejects.toSatisfy(isDatabaseUnavailable);
    expect([control.changes(), await statusOf(id)]).toEqual([changesBefore, 'enabled']);
  });

  test('with the database unavailable afterwards gets OUTCOME_UNKNOWN', async () => {
    const { id } = await issue();
    lossy.lose('before it is answered, and stays away');
    await expect(revoke(id)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', statusCode: 503 });
    expect(await statusOf(id)).toBe('revoked');
  });

  test('with the database unavailable afterwards can be repeated, and the gateway then reads the database', async () => {
    const { id } = await issue();
    const changesBefore = control.changes();
    const reads = control.gateway.catchUps;
    lossy.lose('before it is answered, and stays away');
    await expect(revoke(id)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect((await control.call('POST', `/keys/${id}/revoke`)).status).toBe(200);
    expect([control.changes() - changesBefore, control.gateway.catchUps - reads]).toEqual([0, 1]);
  });

  test('is OUTCOME_UNKNOWN for a change without a version, which can’t be verified', async () => {
    lossy.lose('before it is answered');
    const renamed = changeRecord({ ...control.context, db: lossy.db }, OPERATOR, async ({ record }) =>
      record({ action: 'consumer.update', objectId: 'consumer_1' }),
    );
    await expect(renamed).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});
