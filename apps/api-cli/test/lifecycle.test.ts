import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from './support/api.ts';
import { aProduct, type TestProduct } from './support/product.ts';

let t: TestProduct;
beforeAll(async () => {
  t = await aProduct();
});
afterAll(() => t.stop());

const outcome = async (key: string): Promise<string> => {
  const { status, body } = await t.call(key);
  return status === 200 ? '200' : `${status} ${body.code}`;
};
const post = (path: string, body: unknown = {}, status = 200) => expectStatus(t.admin('POST', path, body), status);

describe('the next call of a key', () => {
  it('follows its suspension, resumption and revocation', async () => {
    const { id, key } = await t.issue();
    expect(await outcome(key)).toBe('200');
    await post(`/keys/${id}/suspend`);
    expect(await outcome(key)).toBe('403 KEY_SUSPENDED');
    await post(`/keys/${id}/resume`);
    expect(await outcome(key)).toBe('200');
    await post(`/keys/${id}/revoke`);
    expect(await outcome(key)).toBe('401 INVALID_KEY');
    expect((await t.admin('POST', `/keys/${id}/resume`, {})).body.code).toBe('KEY_REVOKED');
    expect(await outcome(key)).toBe('401 INVALID_KEY');
  });

  it('is refused after a rotation without overlap, and the new key is served', async () => {
    const { id, key } = await t.issue();
    const { body } = await post(`/keys/${id}/rotate`, {}, 201);
    expect(await outcome(body.data.key)).toBe('200');
    expect(await outcome(key)).toBe('401 INVALID_KEY');
  });

  it('is served after a rotation until the overlap ends, and no longer', async () => {
    const { id, key } = await t.issue();
    const { body } = await post(`/keys/${id}/rotate`, { overlapSeconds: 10 }, 201);
    expect([await outcome(key), await outcome(body.data.key)]).toEqual(['200', '200']);
    t.clock.offsetMs += 10_000;
    expect([await outcome(key), await outcome(body.data.key)]).toEqual(['401 KEY_EXPIRED', '200']);
  });

  it('is refused once the key expires, without any other event', async () => {
    const expiresAt = new Date(Date.now() + t.clock.offsetMs + 5_000).toISOString();
    const { id, key } = await t.issue({ expiresAt });
    expect(await outcome(key)).toBe('200');
    t.clock.offsetMs += 5_000;
    expect(await outcome(key)).toBe('401 KEY_EXPIRED');
    await expectStatus(t.admin('PATCH', `/keys/${id}`, { expiresAt: null }), 200);
    expect(await outcome(key)).toBe('200');
  });

  it('has the limits of a new plan and keeps the used units', async () => {
    const small = await t.plan({ quota: 2 });
    const large = await t.plan({ quota: 5 });
    const { id, key } = await t.issue({ plan: small });
    expect([await outcome(key), await outcome(key), await outcome(key)]).toEqual(['200', '200', '429 QUOTA_EXCEEDED']);
    await expectStatus(t.admin('PATCH', `/keys/${id}`, { plan: large }), 200);
    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push(await outcome(key));
    expect(outcomes).toEqual(['200', '200', '200', '429 QUOTA_EXCEEDED']);
  });

  it('is refused while the key is suspended, even if another key of its entitlement is not', async () => {
    const first = await t.issue();
    const second = await t.issue({ entitlementId: first.entitlementId });
    await post(`/keys/${first.id}/suspend`);
    expect([await outcome(first.key), await outcome(second.key)]).toEqual(['403 KEY_SUSPENDED', '200']);
    const me = await t.request('GET', '/api/admin/keys/me', { headers: { authorization: `Bearer ${first.key}` } });
    expect([me.status, me.body.data.status]).toEqual([200, 'suspended']);
  });

  it('follows a change made directly in the database within the refresh interval', async () => {
    const { id, key } = await t.issue();
    expect(await outcome(key)).toBe('200');
    await sql`with next as (update snapshot_version set version = version + 1 returning version)
      update keys set operator_status = 'suspended', snapshot_version = next.version from next where id = ${id}`.execute(t.product.db);
    await expect.poll(() => outcome(key), { timeout: 10_000 }).toBe('403 KEY_SUSPENDED');
  });
});

describe('a process that is stopping', () => {
  it('finishes open calls completely and refuses new ones', async () => {
    const product = await aProduct();
    const { key } = await product.issue();
    const csv = `a,b\n${'1,2\n'.repeat(100_000)}`;
    const arrived = once(product.product.app.server, 'request');
    const open = product.call(key, 'csv_to_json', { csv });
    await arrived;
    const stopped = product.product.close();
    const answer = await open;
    expect(answer.status).toBe(200);
    expect(answer.body.data).toHaveLength(100_000);
    await stopped;
    await expect(product.call(key)).rejects.toThrow();
    await product.stop();
  });
});
