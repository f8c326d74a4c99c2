import type { LeaseGrant, LeaseRequest } from '@api-factory/core';
import { describe, expect, test } from 'vitest';
import { aRequest } from '../usage/testing/fixtures.ts';
import { GrantBatches, LARGEST_BATCH } from './grant-batches.ts';

const grantFor = ({ entitlementId }: LeaseRequest): LeaseGrant => ({
  nowMs: 0,
  periodId: `per of ${entitlementId}`,
  startsAt: 0,
  endsAt: 1,
  granted: 1,
  unleased: 0,
});

/** Statements that wait until they are told how to end, in the order in which they were sent. */
function statements(connections = 10) {
  const sent: { size: number; end: (outcome?: Error | ((request: LeaseRequest) => LeaseGrant | null)) => void }[] = [];
  const send = (requests: LeaseRequest[]) =>
    new Promise<(LeaseGrant | null)[]>((resolve, reject) => {
      const end = (outcome: Error | ((request: LeaseRequest) => LeaseGrant | null) = grantFor) =>
        outcome instanceof Error ? reject(outcome) : resolve(requests.map(outcome));
      sent.push({ size: requests.length, end });
    });
  const batches = new GrantBatches({
    connections,
    grantOne: async (request) => (await send([request]))[0] as LeaseGrant,
    grantMany: send,
    isAway: ({ message }) => message === 'away',
  });
  const acquire = (count: number, from = 0) => Array.from({ length: count }, (_, n) => batches.acquire(aRequest(`ent_${from + n}`)));
  return { sent, acquire, batches };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const sizes = (sent: { size: number }[]) => sent.map(({ size }) => size);

describe('lease requests', () => {
  test('of one tick are sent in one statement, and each gets its own grant', async () => {
    const { sent, acquire } = statements();
    const grants = acquire(LARGEST_BATCH);
    await turn();
    expect(sizes(sent)).toEqual([LARGEST_BATCH]);
    sent[0]?.end();
    expect((await Promise.all(grants)).map(({ periodId }) => periodId)).toEqual(grants.map((_, n) => `per of ent_${n}`));
  });

  test('beyond the largest batch go into the next one, and wait while two batches run', async () => {
    const { sent, acquire } = statements();
    const grants = acquire(3 * LARGEST_BATCH + 1);
    await turn();
    expect(sizes(sent)).toEqual([LARGEST_BATCH, LARGEST_BATCH]);
    sent[0]?.end();
    await turn();
    expect(sizes(sent)).toEqual([LARGEST_BATCH, LARGEST_BATCH, LARGEST_BATCH]);
    for (const statement of sent) statement.end();
    await turn();
    expect(sizes(sent)).toEqual([LARGEST_BATCH, LARGEST_BATCH, LARGEST_BATCH, 1]);
    sent[3]?.end();
    expect(await Promise.all(grants)).toHaveLength(3 * LARGEST_BATCH + 1);
  });

  test('of the same entitlement are never in one statement', async () => {
    const { sent, acquire } = statements();
    const grants = [...acquire(2), ...acquire(2)];
    await turn();
    expect(sizes(sent)).toEqual([2, 2]);
    for (const statement of sent) statement.end();
    await Promise.all(grants);
  });

  test('that a batch can’t decide are sent alone', async () => {
    const { sent, acquire } = statements();
    const grants = acquire(3);
    await turn();
    sent[0]?.end((request) => (request.entitlementId === 'ent_1' ? null : grantFor(request)));
    await turn();
    expect(sizes(sent)).toEqual([3, 1]);
    sent[1]?.end();
    expect(await Promise.all(grants)).toHaveLength(3);
  });

  test('are sent alone after an error of their batch, so that only the faulty one fails', async () => {
    const { sent, acquire } = statements();
    const grants = Promise.allSettled(acquire(2));
    await turn();
    sent[0]?.end(new Error('out of range'));
    await turn();
    expect(sizes(sent)).toEqual([2, 1, 1]);
    sent[1]?.end(new Error('out of range'));
    sent[2]?.end();
    expect((await grants).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('all fail when the database can’t be reached, and later ones are sent', async () => {
    const { sent, acquire } = statements();
    const grants = Promise.allSettled(acquire(2));
    await turn();
    sent[0]?.end(new Error('away'));
    expect((await grants).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sizes(sent)).toEqual([2]);
    const later = acquire(1);
    await turn();
    sent[1]?.end();
    expect(await Promise.all(later)).toHaveLength(1);
  });

  test('never use more connections than there are', async () => {
    const { sent, acquire } = statements(2);
    const grants = Promise.all(acquire(5));
    await turn();
    sent[0]?.end(() => null);
    await turn();
    expect(sizes(sent)).toEqual([5, 1, 1]);
    for (const at of [1, 2]) sent[at]?.end();
    await turn();
    expect(sizes(sent)).toEqual([5, 1, 1, 1, 1]);
    for (const at of [3, 4]) sent[at]?.end();
    await turn();
    sent[5]?.end();
    await grants;
  });
});
