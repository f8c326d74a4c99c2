import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { aBatch, anEvent } from '../testing/fixtures.ts';
import { sinkKit } from '../testing/sink.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const { aSink, cursorOf, eventsOf, ledgerOf } = sinkKit(() => fresh.db);

describe('quarantine', () => {
  test.each([
    ['a NUL character', { route: '/a\0b' }],
    ['a negative cost', { cost: -1 }],
    ['a fractional cost', { cost: 1.5 }],
    ['a status out of range', { status: 2 ** 40 }],
    ['a NaN duration', { durationMs: Number.NaN }],
    ['a time out of range', { ts: 1e17 }],
    ['a string too long for an index', { route: `/${Array.from({ length: 4000 }, (_, i) => i * 7919).join('/')}` }],
  ])('a record with %s is quarantined, and the rest is stored', async (_, bad) => {
    const { gatewayId: keyId, sink, quarantined } = await aSink();
    const events = Array.from({ length: 9 }, (_, i) => anEvent({ keyId, cost: 2, ...(i === 4 ? bad : {}) }));
    await sink.commit(aBatch({ events }));
    expect(await eventsOf(keyId)).toHaveLength(8);
    expect(await ledgerOf(keyId)).toMatchObject([{ calls: 8, units: 16 }]);
    expect(await cursorOf(keyId)).toBe(100);
    expect(quarantined).toMatchObject([{ record: events[4], reason: expect.any(String) }]);
    const rows = await fresh.db.selectFrom('usage_quarantine').selectAll().where('gateway_id', '=', keyId).execute();
    expect(rows).toMatchObject([{ record: { requestId: events[4]?.requestId } }]);
  });

  test('a duplicate event is quarantined and settles nothing', async () => {
    const { gatewayId: keyId, sink, quarantined } = await aSink();
    const event = anEvent({ keyId });
    await sink.commit(aBatch({ events: [event] }));
    await sink.commit(aBatch({ from: 100, events: [anEvent({ keyId }), event] }));
    expect(quarantined).toHaveLength(1);
    expect(await ledgerOf(keyId)).toMatchObject([{ calls: 2, units: 2 }]);
  });

  test('a batch of only bad records, of every kind, still moves the cursor', async () => {
    const { gatewayId: keyId, sink, quarantined } = await aSink();
    const streamEnds = [{ epoch: 1, sequence: 1, ts: 0, responseBytes: -5, durationMs: 1, outcome: 'complete' as const }];
    const refusals = [{ minute: Number.NaN, entitlementId: 'ent', keyId, code: 'X', count: 1 }];
    await sink.commit(aBatch({ events: [anEvent({ api: '\0' })], streamEnds, refusals }));
    expect(quarantined).toHaveLength(3);
    expect(await cursorOf(keyId)).toBe(100);
  });

  test('an error not caused by the data is thrown, and nothing is stored', async () => {
    const { gatewayId, sink } = await aSink();
    const holder = await fresh.db.startTransaction().execute();
    await sql`lock table ledger in exclusive mode`.execute(holder);
    const pending = sink.commit(aBatch({ events: [anEvent({ keyId: gatewayId })] }));
    pending.catch(() => {});
    await terminateWaiting();
    await expect(pending).rejects.toThrow();
    await holder.rollback().execute();
    expect(await cursorOf(gatewayId)).toBe(0);
    await sink.commit(aBatch({ events: [anEvent({ keyId: gatewayId })] }));
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1 }]);
  });
});

/** Terminates the connection that waits for a lock, as soon as there is one. */
async function terminateWaiting(): Promise<void> {
  for (;;) {
    const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(fresh.db);
    if (rows.length > 0) return;
  }
}
