import { createHash, randomBytes } from 'node:crypto';
import { formatKey } from '@api-factory/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aProduct, type TestProduct } from './support/product.ts';

const MANY = 1_000;
const DAY_MS = 86_400_000;

let t: TestProduct;
beforeAll(async () => {
  // A thousand injected calls block the event loop; overload protection is tested elsewhere.
  t = await aProduct({ OVERLOAD_DELAY_MS: '60000' });
});
afterAll(() => t.stop());

interface Caller {
  key: string;
  entitlementId: string;
}

/** Creates unused entitlements with the same plan and anchor, each with a key. */
async function fresh(count: number, terms: { quota: number; period?: 'month' | 'day' }): Promise<Caller[]> {
  const { db } = t.product;
  const { id, key, entitlementId } = await t.issue(terms);
  const mode = key.startsWith('af_test_') ? 'test' : 'live';
  const callers = Array.from({ length: count - 1 }, (_, n) => ({
    key: formatKey(mode, randomBytes),
    entitlementId: `${entitlementId}_${n}`,
  }));
  const hashes = callers.map((caller) => createHash('sha256').update(caller.key).digest('hex'));
  const ids = callers.map((caller) => caller.entitlementId);
  await db.transaction().execute(async (tx) => {
    await sql`
with version as (update snapshot_version set version = version + 1 returning version)
insert into entitlements (id, plan_id, plan_version, anchor, snapshot_version)
select n.id, e.plan_id, e.plan_version, e.anchor, version.version from unnest(${ids}::text[]) n (id), entitlements e, version where e.id = ${entitlementId}`.execute(
      tx,
    );
    await sql`
insert into keys (id, entitlement_id, name, hash, prefix, last4, mode, snapshot_version)
select 'key_' || n.id, n.id, k.name, n.hash, k.prefix, k.last4, k.mode, v.version
from unnest(${ids}::text[], ${hashes}::text[]) n (id, hash), keys k, snapshot_version v where k.id = ${id}`.execute(tx);
  });
  await t.product.gateway.snapshot.refresh();
  return [{ key, entitlementId }, ...callers];
}

/**
 * Calls without a socket: a thousand client sockets in this process would take longer than the
 * calls.
 */
const call = async ({ key }: Caller): Promise<{ status: number; code: string | undefined }> => {
  const payload = { action: 'echo', payload: {} };
  const answer = await t.product.app.inject({ method: 'POST', url: '/api/v1/actions', headers: { 'x-api-key': key }, payload });
  return { status: answer.statusCode, code: answer.json().code };
};

/**
 * Calls once with each key, concurrently. @returns the number of responses per status or, if
 * refused, per code
 */
async function callAll(callers: Caller[]): Promise<Record<string, number>> {
  const responses = await Promise.all(callers.map(call));
  const outcomes: Record<string, number> = {};
  for (const { status, code = status } of responses) outcomes[code] = (outcomes[code] ?? 0) + 1;
  return outcomes;
}

/**
 * The stored usage of these entitlements. `wrong` counts periods whose ledger and leases don't
 * match the quota.
 */
async function usageOf(callers: Caller[]): Promise<{ periods: number; settled: number; units: number; wrong: number }> {
  await t.shipped();
  const { rows } = await sql<{ periods: number; settled: number; units: number; wrong: number }>`
select count(*)::int as periods, sum(settled)::int as settled, sum(l.units)::int as units,
  (count(*) filter (where settled <> l.units or leased <> h.units))::int as wrong
from quotas q cross join lateral (select coalesce(sum(units), 0) as units from ledger where period_id = q.period_id) l
  cross join lateral (select coalesce(sum(units), 0) as units from leases where period_id = q.period_id) h
where entitlement_id = any(${callers.map(({ entitlementId }) => entitlementId)}::text[])`.execute(t.product.db);
  return rows[0] as { periods: number; settled: number; units: number; wrong: number };
}

// No time limit is needed: the gateway itself refuses a call that waits for its lease longer than
// five seconds.
describe('1,000 entitlements with concurrent calls', () => {
  it('are all served on their first call, and each has its exact usage', async () => {
    const callers = await fresh(MANY, { quota: 10 });
    expect(await callAll(callers)).toEqual({ 200: MANY });
    expect(await usageOf(callers)).toEqual({ periods: MANY, settled: MANY, units: MANY, wrong: 0 });
  });

  it('are all served when their daily period starts, and the previous day keeps its usage', async () => {
    const callers = await fresh(MANY, { quota: 10, period: 'day' });
    expect(await callAll(callers)).toEqual({ 200: MANY });
    await t.shipped();
    // Simulates the next day: the product's clock advances, and the stored periods become
    // yesterday's.
    await sql`update quotas set starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'`.execute(t.product.db);
    t.clock.offsetMs += DAY_MS;
    await t.product.gateway.snapshot.refresh();
    expect(await callAll(callers)).toEqual({ 200: MANY });
    expect(await usageOf(callers)).toEqual({ periods: 2 * MANY, settled: 2 * MANY, units: 2 * MANY, wrong: 0 });
  });
});

describe('an entitlement whose quota can’t be leased', () => {
  it('because every lease request fails is the only one refused, and is served once they succeed', async () => {
    const [broken, ...others] = (await fresh(101, { quota: 10 })) as [Caller, ...Caller[]];
    const { db } = t.product;
    await sql`
create function refuse_lease() returns trigger language plpgsql as $$ begin
  if new.entitlement_id = ${sql.lit(broken.entitlementId)} then raise exception 'refused by the test'; end if; return new; end $$`.execute(
      db,
    );
    await sql`create trigger refuse_lease before insert on quotas for each row execute function refuse_lease()`.execute(db);
    for (let from = 0; from < others.length; from += 10) {
      expect(await call(broken)).toEqual({ status: 503, code: 'QUOTA_UNAVAILABLE' });
      expect(await callAll(others.slice(from, from + 10))).toEqual({ 200: 10 });
    }
    await sql`drop trigger refuse_lease on quotas`.execute(db);
    await expect.poll(async () => (await call(broken)).status, { timeout: 20_000 }).toBe(200);
    expect(await usageOf([broken, ...others])).toEqual({ periods: 101, settled: 101, units: 101, wrong: 0 });
  });

  it('because its row is locked is the only one that waits, and is served when the lock is released', async () => {
    const [waiting, ...others] = (await fresh(51, { quota: 10 })) as [Caller, ...Caller[]];
    for (let i = 0; i < 2; i++) expect((await call(waiting)).status).toBe(200);
    const holder = await t.product.db.startTransaction().execute();
    await sql`select from quotas where entitlement_id = ${waiting.entitlementId} for update`.execute(holder);
    let answered = false;
    const held = call(waiting).then((answer) => {
      answered = true;
      return answer;
    });
    expect(await callAll(others)).toEqual({ 200: 50 });
    const before = answered;
    await holder.commit().execute();
    expect([before, (await held).status]).toEqual([false, 200]);
    expect(await usageOf([waiting, ...others])).toEqual({ periods: 51, settled: 53, units: 53, wrong: 0 });
  });

  it('because its row is locked longer than the statement timeout is the only one refused', async () => {
    const [locked, ...others] = (await fresh(51, { quota: 10 })) as [Caller, ...Caller[]];
    for (let i = 0; i < 2; i++) expect((await call(locked)).status).toBe(200);
    const holder = await t.product.db.startTransaction().execute();
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(holder);
    await sql`select from quotas where entitlement_id = ${locked.entitlementId} for update`.execute(holder);
    expect(await call(locked)).toEqual({ status: 503, code: 'QUOTA_UNAVAILABLE' });
    expect(await callAll(others)).toEqual({ 200: 50 });
    await holder.commit().execute();
    await expect.poll(async () => (await call(locked)).status, { timeout: 20_000 }).toBe(200);
    expect(await usageOf([locked, ...others])).toEqual({ periods: 51, settled: 53, units: 53, wrong: 0 });
  });
});
