import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { holdLock, untilWaiting } from '../testing/held-lock.ts';
import { aBatch, anEntitlement, anEvent, aRequest, newId } from '../usage/testing/fixtures.ts';
import { sinkKit } from '../usage/testing/sink.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

test('leases are closed while an older process of the gateway settles usage: one waits for the other, and both succeed', async () => {
  const kit = sinkKit(() => database.db);
  const { sink, epoch, leases } = await kit.aSink();
  const entitlementId = await anEntitlement(database.db, { limit: 100 });
  const { periodId } = await leases.acquire(aRequest(entitlementId, { want: 10 }));
  const event = (cost: number) => anEvent({ epoch, entitlementId, periodId, keyId: newId('key'), cost });
  const first = event(1);
  await sink.commit(aBatch({ events: [first] }));
  // The batch has locked the gateway's row by then, but not yet the quota's.
  const ledger = await holdLock(database, `select from ledger where key_id = '${first.keyId}' for update`);
  const committing = sink.commit(aBatch({ from: 100, events: [{ ...event(2), keyId: first.keyId }] }));
  await untilWaiting(database, 1);
  const closing = leases.releaseAll();
  await untilWaiting(database, 2);
  await ledger.release();
  await Promise.all([committing, closing]);
  expect(await kit.quotaOf(periodId)).toEqual({ settled: 3, leased: 0 });
});
