import type { UsageEvent } from '@api-factory/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../../testing/app.ts';
import { aBatch, anEntitlement, anEvent, aRequest, newId } from '../testing/fixtures.ts';
import { sinkKit } from '../testing/sink.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const { aSink, eventsOf, ledgerOf, rollupOf, quotaOf } = sinkKit(() => control.database.db);

const retry = (id: string) => control.call('POST', `/usage/quarantine/${id}/retry`);
const discard = (id: string) => control.call('POST', `/usage/quarantine/${id}/discard`);
const listed = async (gatewayId: string) =>
  ((await control.call('GET', '/usage/quarantine?limit=1000')).body.data as { id: string; gatewayId: string; reason: string }[]).filter(
    (row) => row.gatewayId === gatewayId,
  );
const audited = async (id: string) =>
  ((await control.call('GET', `/audit?objectType=quarantine&objectId=${id}`)).body.data as { action: string; details: object }[]).map(
    ({ action, details }) => ({ action, details }),
  );

/**
 * A gateway with a lease of 10 units and a quarantined event that spent 4 of them. `bad` makes the
 * event invalid.
 */
async function aQuarantined(bad: Partial<UsageEvent> = { route: '/a\0b' }) {
  const { db } = control.database;
  const entitlementId = await anEntitlement(db, { limit: 100 });
  const gateway = await aSink();
  const { periodId } = await gateway.leases.acquire(aRequest(entitlementId, { need: 10, want: 10 }));
  const keyId = newId('key');
  const event = anEvent({ entitlementId, periodId, keyId, cost: 4, ts: Date.now(), ...bad });
  await gateway.sink.commit(aBatch({ events: [event] }));
  const [row] = await listed(gateway.gatewayId);
  return { ...gateway, entitlementId, periodId, keyId, event, id: row?.id as string };
}

describe('retrying a quarantined event', () => {
  test('stores it once, with ledger, roll-ups and settlement, and removes it from quarantine', async () => {
    const { gatewayId, keyId, periodId, event, id } = await aQuarantined();
    expect([await ledgerOf(keyId), await quotaOf(periodId)]).toEqual([[], { settled: 0, leased: 10 }]);
    expect(await retry(id)).toMatchObject({ status: 200, body: { data: { id, outcome: 'stored', reason: null } } });
    expect(await listed(gatewayId)).toEqual([]);
    // The quarantine stores U+FFFD instead of U+0000, which Postgres text can’t hold.
    expect(await eventsOf(gatewayId)).toMatchObject([{ id: `${gatewayId}-1-${event.sequence}`, route: '/a\ufffdb', cost: 4 }]);
    expect(await ledgerOf(keyId)).toMatchObject([{ period_id: periodId, calls: 1, units: 4 }]);
    for (const table of ['usage_minutes', 'usage_hours', 'usage_days'] as const)
      expect(await rollupOf(table, keyId)).toMatchObject([{ calls: 1 }]);
    expect(await quotaOf(periodId)).toEqual({ settled: 4, leased: 6 });
    expect((await retry(id)).status).toBe(404);
    expect(await ledgerOf(keyId)).toMatchObject([{ calls: 1, units: 4 }]);
    expect(await audited(id)).toMatchObject([
      { action: 'quarantine.retry', details: { gatewayId, record: { requestId: event.requestId } } },
    ]);
  });

  test('stores it once when several requests run concurrently', async () => {
    const { keyId, id } = await aQuarantined();
    const statuses = (await Promise.all(Array.from({ length: 5 }, () => retry(id)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 404, 404, 404, 404]);
    expect(await ledgerOf(keyId)).toMatchObject([{ calls: 1, units: 4 }]);
  });

  test('keeps it with the new reason when it is refused again, and changes nothing else', async () => {
    const { gatewayId, keyId, periodId, id } = await aQuarantined({ cost: -1 });
    await control.database.db.updateTable('usage_quarantine').set({ reason: 'an earlier reason' }).where('id', '=', Number(id)).execute();
    expect((await retry(id)).body.data).toEqual({ id, outcome: 'refused', reason: 'the event has an invalid number' });
    expect(await listed(gatewayId)).toMatchObject([{ id, reason: 'the event has an invalid number' }]);
    expect([await ledgerOf(keyId), await quotaOf(periodId), await audited(id)]).toEqual([[], { settled: 0, leased: 10 }, []]);
  });

  test.each(['duplicate key value violates unique constraint', 'doppelter Schlüsselwert verletzt Unique-Constraint'])(
    'never stores a duplicate, even after its day was dropped, whatever the server’s language: “%s”',
    async (message) => {
      const { gatewayId, sink } = await aSink();
      const event = anEvent({ keyId: gatewayId });
      await sink.commit(aBatch({ events: [event] }));
      await sink.commit(aBatch({ from: 100, events: [event] }));
      const [row] = await listed(gatewayId);
      await control.database.db.updateTable('usage_quarantine').set({ reason: message }).where('id', '=', Number(row?.id)).execute();
      await control.database.db.deleteFrom('usage_events').where('key_id', '=', gatewayId).execute();
      expect((await retry(row?.id as string)).body.data).toMatchObject({ outcome: 'refused', reason: message });
      expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1 }]);
    },
  );

  test('keeps refusing an event that was stored in the meantime, even after its day was dropped', async () => {
    const { gatewayId, sink } = await aSink();
    const event = anEvent({ keyId: gatewayId });
    await sink.commit(aBatch({ events: [event] }));
    const values = { gateway_id: gatewayId, reason: 'an earlier reason', record: JSON.stringify(event) };
    await control.database.db.insertInto('usage_quarantine').values(values).execute();
    const [row] = await listed(gatewayId);
    expect((await retry(row?.id as string)).body.data.outcome).toBe('refused');
    await control.database.db.deleteFrom('usage_events').where('key_id', '=', gatewayId).execute();
    expect((await retry(row?.id as string)).body.data.outcome).toBe('refused');
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1 }]);
  });
});

describe('the units of a late event', () => {
  test('settle in its period if its lease was released, without reducing a newer lease', async () => {
    const { leases, entitlementId, periodId, id } = await aQuarantined();
    await leases.releaseAll();
    expect(await quotaOf(periodId)).toEqual({ settled: 0, leased: 0 });
    await leases.acquire(aRequest(entitlementId, { need: 20, want: 20 }));
    await retry(id);
    expect(await quotaOf(periodId)).toEqual({ settled: 4, leased: 20 });
  });

  test('are already settled if its lease was written off', async () => {
    const { leases, periodId, keyId, id } = await aQuarantined();
    await leases.writeOff();
    expect(await quotaOf(periodId)).toEqual({ settled: 10, leased: 0 });
    await retry(id);
    expect(await quotaOf(periodId)).toEqual({ settled: 10, leased: 0 });
    expect(await ledgerOf(keyId)).toMatchObject([{ calls: 1, units: 4 }]);
  });

  test('settle on an unlimited plan even if its lease was written off, as it spent no leased units', async () => {
    const { db } = control.database;
    const entitlementId = await anEntitlement(db, { limit: null });
    const { sink, leases, gatewayId } = await aSink();
    const { periodId } = await leases.acquire(aRequest(entitlementId));
    await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, keyId: gatewayId, cost: 4, ts: Date.now(), route: '\0' })] }));
    await leases.writeOff();
    await retry((await listed(gatewayId))[0]?.id as string);
    expect(await quotaOf(periodId)).toEqual({ settled: 4, leased: 0 });
  });

  test('settle by how its own lease was closed, not a later one', async () => {
    const { leases, entitlementId, periodId, id } = await aQuarantined();
    await leases.releaseAll();
    await leases.acquire(aRequest(entitlementId, { need: 5, want: 5 }));
    await leases.writeOff();
    await retry(id);
    expect(await quotaOf(periodId)).toEqual({ settled: 9, leased: 0 });
  });
});

test('refusals and stream ends can be retried too', async () => {
  const { gatewayId, sink } = await aSink();
  const sequence = 77;
  const refusal = { minute: Date.UTC(2025, 5, 15), entitlementId: 'ent', keyId: gatewayId, code: 'RATE\0LIMITED', count: 3 };
  const end = { epoch: 1, sequence, ts: Date.UTC(2025, 5, 15, 12, 31), responseBytes: 500, durationMs: 9, outcome: 'aborted' as const };
  await sink.commit(aBatch({ events: [anEvent({ keyId: gatewayId, sequence })], refusals: [refusal] }));
  await control.database.db
    .insertInto('usage_quarantine')
    .values({ gateway_id: gatewayId, reason: 'x', record: JSON.stringify(end) })
    .execute();
  for (const { id } of await listed(gatewayId)) expect((await retry(id)).body.data.outcome).toBe('stored');
  expect(await eventsOf(gatewayId)).toMatchObject([{ response_bytes: 500, outcome: 'aborted' }]);
  expect(await control.database.db.selectFrom('usage_refusals').select('count').where('key_id', '=', gatewayId).execute()).toEqual([
    { count: 3 },
  ]);
});

test.each([null, 1, [], {}, { requestId: 'r' }, { ...anEvent(), route: 5 }, { ...anEvent(), consumerId: 7 }])(
  'retrying an invalid record returns the reason: %j',
  async (record) => {
    const gatewayId = newId('gw');
    await control.database.db
      .insertInto('usage_quarantine')
      .values({ gateway_id: gatewayId, reason: 'x', record: JSON.stringify(record) })
      .execute();
    const [row] = await listed(gatewayId);
    expect((await retry(row?.id as string)).body.data).toMatchObject({
      outcome: 'refused',
      reason: 'not a valid usage record',
    });
  },
);

describe('discarding a record', () => {
  test('removes it without charging for it, and keeps its content in the audit log', async () => {
    const { gatewayId, keyId, id, event } = await aQuarantined();
    expect((await discard(id)).body.data).toEqual({ id, outcome: 'discarded', reason: null });
    expect([await listed(gatewayId), await ledgerOf(keyId)]).toEqual([[], []]);
    expect(await audited(id)).toMatchObject([{ action: 'quarantine.discard', details: { record: { requestId: event.requestId } } }]);
    expect([(await discard(id)).status, (await retry(id)).status]).toEqual([404, 404]);
  });

  test.each(['0', '-1', '1.5', 'abc', '9'.repeat(15), '9'.repeat(30)])('returns 404 for the id %s', async (id) => {
    expect([(await discard(id)).status, (await retry(id)).body.code]).toEqual([404, 'NOT_FOUND']);
  });

  test('requires the operator key', async () => {
    expect((await control.callAs({}, 'POST', '/usage/quarantine/1/discard')).status).toBe(401);
  });
});
