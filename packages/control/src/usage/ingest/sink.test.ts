import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLeaseSource } from '../../quota/leases.ts';
import { type FreshDatabase, freshDatabase, TEST_INSTALLATION } from '../../testing/database.ts';
import { aBatch, anEntitlement, anEvent, aRequest, newId } from '../testing/fixtures.ts';
import { sinkKit } from '../testing/sink.ts';
import { createUsageSink, InstallationMismatchError, SupersededError } from './sink.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const { aSink, cursorOf, eventsOf, ledgerOf, rollupOf, quotaOf } = sinkKit(() => fresh.db);

describe('open', () => {
  test('every start gets a new epoch and continues at the committed cursor', async () => {
    const { gatewayId, sink, epoch } = await aSink();
    expect(epoch).toBe(1);
    await sink.commit(aBatch({ to: 70 }));
    const again = await sink.open({ gatewayId, installationId: null, bootId: 'boot_1' });
    expect(again).toEqual({ epoch: 2, cursor: 70, installationId: TEST_INSTALLATION, rebooted: false });
  });

  test('a different boot id means that the host was rebooted', async () => {
    const { gatewayId, sink } = await aSink();
    expect(await sink.open({ gatewayId, installationId: null, bootId: 'boot_2' })).toMatchObject({ rebooted: true });
    // If a start fails before it has closed the leases, the next one still detects the reboot.
    expect(await sink.open({ gatewayId, installationId: null, bootId: 'boot_2' })).toMatchObject({ rebooted: true });
    await createLeaseSource(fresh.db, { gatewayId, bootId: 'boot_2', newId }).writeOff();
    expect(await sink.open({ gatewayId, installationId: null, bootId: 'boot_2' })).toMatchObject({ rebooted: false });
  });

  test('a spool of another installation is refused and registers no start', async () => {
    const { gatewayId, sink } = await aSink();
    const opening = sink.open({ gatewayId, installationId: 'inst_other', bootId: 'boot_2' });
    await expect(opening).rejects.toThrow(InstallationMismatchError);
    expect(await sink.open({ gatewayId, installationId: TEST_INSTALLATION, bootId: 'boot_1' })).toMatchObject({
      epoch: 2,
      rebooted: false,
    });
  });
});

describe('commit', () => {
  test('stores every field of an event unchanged', async () => {
    const { gatewayId, sink } = await aSink();
    const event = anEvent({
      sequence: 7,
      consumerId: 'con_1',
      api: 'a"b\\c',
      route: '/é/{x}',
      cost: 3,
      durationMs: 1.25,
      requestId: 'r,1}',
    });
    await sink.commit(aBatch({ events: [event] }));
    const [row] = await eventsOf(gatewayId);
    expect(row).toEqual({
      day: expect.any(Date),
      id: `${gatewayId}-1-7`,
      ts: new Date(event.ts),
      entitlement_id: 'ent',
      period_id: 'per',
      key_id: 'key',
      consumer_id: 'con_1',
      api: 'a"b\\c',
      method: 'POST',
      route: '/é/{x}',
      status: 200,
      cost: 3,
      request_bytes: 10,
      response_bytes: 20,
      duration_ms: 1.25,
      request_id: 'r,1}',
      outcome: 'complete',
    });
  });

  test('stores an event under its UTC day, up to the last millisecond', async () => {
    const { gatewayId, sink } = await aSink();
    const midnight = Date.UTC(2025, 2, 30);
    await sink.commit(aBatch({ events: [anEvent({ ts: midnight - 1 }), anEvent({ ts: midnight })] }));
    const { rows } = await sql<{ day: string }>`select day::text from usage_events where id like ${`${gatewayId}-%`} order by ts`.execute(
      fresh.db,
    );
    expect(rows).toEqual([{ day: '2025-03-29' }, { day: '2025-03-30' }]);
  });

  test('a repeated batch changes nothing and returns the current cursor', async () => {
    const { gatewayId, sink } = await aSink();
    const batch = aBatch({ events: [anEvent({ keyId: gatewayId, cost: 4 })] });
    await sink.commit(batch);
    expect(await sink.commit(batch)).toEqual({ cursor: 100, rewound: false });
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1, units: 4 }]);
    expect(await eventsOf(gatewayId)).toHaveLength(1);
    expect(await cursorOf(gatewayId)).toBe(100);
  });

  test('a start that was superseded by a newer one stores nothing, and is notified once', async () => {
    const { gatewayId } = await aSink();
    const errors: Error[] = [];
    const start = { epoch: 1, installationId: TEST_INSTALLATION, bootId: 'boot_1' };
    const sink = createUsageSink(fresh.db, { gatewayId, start, onSuperseded: (error) => errors.push(error) });
    await createUsageSink(fresh.db, { gatewayId }).open({ gatewayId, installationId: null, bootId: 'boot_1' });
    for (let i = 0; i < 2; i++) await expect(sink.commit(aBatch({ events: [anEvent()] }))).rejects.toThrow(SupersededError);
    expect(await eventsOf(gatewayId)).toEqual([]);
    expect(errors).toHaveLength(1);
  });

  test('an empty batch moves the cursor', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ to: 12 }));
    expect(await cursorOf(gatewayId)).toBe(12);
  });

  test('an unconfirmed commit is not stored twice when it is retried as part of a longer batch', async () => {
    const { gatewayId } = await aSink();
    const [one, two] = [anEvent({ keyId: gatewayId }), anEvent({ keyId: gatewayId })];
    const lost = losingAnswers(fresh, { gatewayId });
    await lost.sink.open({ gatewayId, installationId: null, bootId: 'boot_1' });
    lost.loseNext();
    await expect(lost.sink.commit(aBatch({ from: 0, to: 50, events: [one] }))).rejects.toThrow('connection lost');
    await lost.sink.commit(aBatch({ from: 0, to: 90, events: [one, two] }));
    expect(await cursorOf(gatewayId)).toBe(90);
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 2 }]);
    lost.loseNext();
    await expect(lost.sink.commit(aBatch({ from: 90, to: 95, events: [anEvent({ keyId: gatewayId })] }))).rejects.toThrow(
      'connection lost',
    );
    await lost.sink.commit(aBatch({ from: 90, to: 95, events: [anEvent({ keyId: gatewayId })] }));
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 3 }]);
  });
});

describe('a database that has lost commits', () => {
  const rowOf = (gatewayId: string) =>
    fresh.db.selectFrom('gateways').select(['epoch', 'cursor', 'boot_id']).where('id', '=', gatewayId).executeTakeFirst();

  test('stores nothing beyond its cursor, returns the cursor, and then accepts what it lacks', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ to: 100 }));
    await fresh.db.updateTable('gateways').set({ cursor: 40 }).where('id', '=', gatewayId).execute();
    const event = anEvent({ keyId: gatewayId });
    expect(await sink.commit(aBatch({ from: 100, to: 150, events: [event] }))).toEqual({ cursor: 40, rewound: true });
    expect(await eventsOf(gatewayId)).toEqual([]);
    expect(await sink.commit(aBatch({ from: 40, to: 150, events: [event] }))).toEqual({ cursor: 150, rewound: false });
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1 }]);
  });

  test('restores a lost start with its epoch, regardless of the cursor', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.open({ gatewayId, installationId: null, bootId: 'boot_1' });
    await fresh.db.updateTable('gateways').set({ epoch: 1 }).where('id', '=', gatewayId).execute();
    expect(await sink.commit(aBatch({ to: 50 }))).toEqual({ cursor: 0, rewound: true });
    expect(await rowOf(gatewayId)).toMatchObject({ epoch: 2, cursor: 0 });
    expect(await sink.commit(aBatch({ to: 50 }))).toEqual({ cursor: 50, rewound: false });
  });

  test('restores a lost gateway', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ to: 70 }));
    await fresh.db.deleteFrom('gateways').where('id', '=', gatewayId).execute();
    expect(await sink.commit(aBatch({ from: 70, to: 90 }))).toEqual({ cursor: 0, rewound: true });
    expect(await rowOf(gatewayId)).toEqual({ epoch: 1, cursor: 0, boot_id: 'boot_1' });
  });

  test('stores nothing when it now belongs to another installation', async () => {
    const { gatewayId } = await aSink();
    const sink = createUsageSink(fresh.db, { gatewayId, start: { epoch: 2, installationId: 'inst_other', bootId: 'boot_1' } });
    await expect(sink.commit(aBatch({ events: [anEvent()] }))).rejects.toThrow(InstallationMismatchError);
    expect(await rowOf(gatewayId)).toMatchObject({ epoch: 1, cursor: 0 });
  });
});

/** A sink whose commits succeed, but fail for the caller after `loseNext`. */
function losingAnswers({ db }: FreshDatabase, options: { gatewayId: string }) {
  let losing = false;
  const lossy = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'transaction' || !losing) return typeof value === 'function' ? value.bind(target) : value;
      losing = false;
      return () => ({
        execute: async (work: Parameters<ReturnType<typeof db.transaction>['execute']>[0]) => {
          await target.transaction().execute(work);
          throw new Error('connection lost');
        },
      });
    },
  });
  const sink = createUsageSink(lossy, options);
  return {
    sink,
    loseNext: () => {
      losing = true;
    },
  };
}

describe('settlement', () => {
  test('spent units move from leased to settled in their period', async () => {
    const { sink, leases } = await aSink();
    const entitlementId = await anEntitlement(fresh.db, { limit: 20 });
    const { periodId } = await leases.acquire(aRequest(entitlementId, { want: 10 }));
    await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, cost: 3 }), anEvent({ entitlementId, periodId, cost: 4 })] }));
    expect(await quotaOf(periodId)).toEqual({ settled: 7, leased: 3 });
    await leases.releaseAll();
    expect(await leases.acquire(aRequest(entitlementId, { want: 20 }))).toMatchObject({ granted: 13, unleased: 0 });
  });

  test('units without a lease settle without reducing another gateway’s lease', async () => {
    const [{ sink }, other] = [await aSink(), await aSink()];
    const entitlementId = await anEntitlement(fresh.db, { limit: 20 });
    const { periodId } = await other.leases.acquire(aRequest(entitlementId, { want: 10 }));
    await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, cost: 5 })] }));
    expect(await quotaOf(periodId)).toEqual({ settled: 5, leased: 10 });
  });

  test('a free call is in the ledger and settles nothing', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ events: [anEvent({ keyId: gatewayId, periodId: '', cost: 0, status: 502 })] }));
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1, units: 0 }]);
  });

  test('concurrent commits and lease requests account for every unit', async () => {
    const gateways = [await aSink(), await aSink()];
    const entitlements = await Promise.all([1, 2, 3].map(() => anEntitlement(fresh.db, { limit: 60 })));
    await Promise.all(
      gateways.map(async ({ sink, leases }) => {
        for (let i = 0; i < 20; i++) {
          const events = [];
          for (const entitlementId of entitlements) {
            const { granted, periodId } = await leases.acquire(aRequest(entitlementId, { need: 2, want: 2 }));
            if (granted > 0) events.push(anEvent({ entitlementId, periodId, cost: granted }));
          }
          await sink.commit(aBatch({ from: i * 100, events }));
        }
      }),
    );
    const quotas = await fresh.db.selectFrom('quotas').select(['settled', 'leased']).where('entitlement_id', 'in', entitlements).execute();
    expect(quotas).toEqual([1, 2, 3].map(() => ({ settled: 60, leased: 0 })));
  });
});

describe('the end of a stream', () => {
  const ts = Date.UTC(2025, 5, 15, 23, 59, 59);
  const end = { epoch: 1, ts, responseBytes: 500, durationMs: 80.5, outcome: 'aborted' as const };

  test('completes its event in the same batch', async () => {
    const { gatewayId, sink } = await aSink();
    const event = anEvent({ keyId: gatewayId, ts, sequence: 1, responseBytes: 0 });
    await sink.commit(aBatch({ events: [event], streamEnds: [{ ...end, sequence: 1 }] }));
    expect(await eventsOf(gatewayId)).toMatchObject([{ response_bytes: 500, duration_ms: 80.5, outcome: 'aborted' }]);
    expect(await rollupOf('usage_days', gatewayId)).toMatchObject([{ calls: 1, response_bytes: 500, duration_ms: 80.5 }]);
  });

  test.each([
    ['the same day', 0],
    ['the day after', 2_000],
  ])('completes its event of an earlier batch and all roll-ups, %s', async (_, laterMs) => {
    const { gatewayId, sink } = await aSink();
    const event = anEvent({ keyId: gatewayId, ts, sequence: 1, responseBytes: 0, durationMs: 2 });
    await sink.commit(aBatch({ events: [event] }));
    await sink.commit(aBatch({ from: 100, streamEnds: [{ ...end, ts: ts + laterMs, sequence: 1 }] }));
    expect(await eventsOf(gatewayId)).toMatchObject([{ response_bytes: 500, duration_ms: 80.5, outcome: 'aborted' }]);
    for (const table of ['usage_minutes', 'usage_hours', 'usage_days'] as const) {
      expect(await rollupOf(table, gatewayId)).toMatchObject([
        { calls: 1, units: 1, request_bytes: 10, response_bytes: 500, duration_ms: 80.5 },
      ]);
    }
    expect(await ledgerOf(gatewayId)).toMatchObject([{ calls: 1, units: 1 }]);
  });

  test('leaves its event aborted until it arrives', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ events: [anEvent({ ts, sequence: 1, streamed: true }), anEvent({ ts, sequence: 2 })] }));
    const outcomes = async () => (await eventsOf(gatewayId)).map(({ outcome }) => outcome);
    expect(await outcomes()).toEqual(['aborted', 'complete']);
    await sink.commit(aBatch({ from: 100, streamEnds: [{ ...end, sequence: 1, outcome: 'complete' }] }));
    expect(await outcomes()).toEqual(['complete', 'complete']);
  });

  test('without its event changes nothing', async () => {
    const { gatewayId, sink } = await aSink();
    await sink.commit(aBatch({ streamEnds: [{ ...end, sequence: 9 }] }));
    expect(await cursorOf(gatewayId)).toBe(100);
    expect(await eventsOf(gatewayId)).toEqual([]);
  });
});

describe('refusals', () => {
  test('are summed by minute, key and code, and are not counted as calls', async () => {
    const { gatewayId: keyId, sink } = await aSink();
    const minute = Date.UTC(2025, 5, 15, 12, 30);
    const refusal = { minute, entitlementId: 'ent', keyId, code: 'RATE_LIMITED', count: 3 };
    await sink.commit(aBatch({ refusals: [refusal, { ...refusal, count: 4 }, { ...refusal, code: 'QUOTA_EXCEEDED' }] }));
    await sink.commit(aBatch({ from: 100, refusals: [refusal] }));
    const rows = await fresh.db
      .selectFrom('usage_refusals')
      .select(['code', 'count'])
      .where('key_id', '=', keyId)
      .orderBy('code')
      .execute();
    expect(rows).toEqual([
      { code: 'QUOTA_EXCEEDED', count: 3 },
      { code: 'RATE_LIMITED', count: 10 },
    ]);
    expect(await ledgerOf(keyId)).toEqual([]);
  });
});

test('ledger, roll-ups and events agree for any calls', async () => {
  const day = Date.UTC(2025, 5, 15);
  const event = fc.record({
    ts: fc.integer({ min: day, max: day + 2 * 86_400_000 }),
    key: fc.integer({ min: 1, max: 3 }),
    periodId: fc.constantFrom('per_x', 'per_y'),
    route: fc.constantFrom('/a', '/b'),
    status: fc.constantFrom(200, 404),
    cost: fc.integer({ min: 0, max: 9 }),
    responseBytes: fc.integer({ min: 0, max: 1000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(event, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), async (batches) => {
      const { gatewayId, sink } = await aSink();
      for (const [i, calls] of batches.entries()) {
        const events = calls.map(({ key, ...parts }) => anEvent({ ...parts, keyId: `${gatewayId}:${key}` }));
        await sink.commit(aBatch({ from: i * 100, events }));
      }
      const all = batches.flat();
      const expected = [all.length, all.reduce((sum, call) => sum + call.cost, 0)];
      const bytes = all.reduce((sum, call) => sum + call.responseBytes, 0);
      const { rows } = await sql<{ name: string; calls: number; units: number; bytes: number }>`
        select 'events' as name, count(*) as calls, coalesce(sum(cost), 0)::bigint as units, coalesce(sum(response_bytes), 0)::bigint as bytes from usage_events where key_id like ${`${gatewayId}:%`}
        union all select 'ledger', coalesce(sum(calls), 0)::bigint, coalesce(sum(units), 0)::bigint, ${bytes}::bigint from ledger where key_id like ${`${gatewayId}:%`}
        union all select 'minutes', coalesce(sum(calls), 0)::bigint, coalesce(sum(units), 0)::bigint, coalesce(sum(response_bytes), 0)::bigint from usage_minutes where key_id like ${`${gatewayId}:%`}
        union all select 'hours', coalesce(sum(calls), 0)::bigint, coalesce(sum(units), 0)::bigint, coalesce(sum(response_bytes), 0)::bigint from usage_hours where key_id like ${`${gatewayId}:%`}
        union all select 'days', coalesce(sum(calls), 0)::bigint, coalesce(sum(units), 0)::bigint, coalesce(sum(response_bytes), 0)::bigint from usage_days where key_id like ${`${gatewayId}:%`}`.execute(
        fresh.db,
      );
      for (const row of rows) expect([row.name, row.calls, row.units, row.bytes]).toEqual([row.name, ...expected, bytes]);
    }),
    { numRuns: 25 },
  );
});
