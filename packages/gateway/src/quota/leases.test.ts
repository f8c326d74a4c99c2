import { emptyQuotaCell, emptyRateCell, quotaRemaining } from '@api-factory/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { GatewayEntitlement } from '../snapshot/snapshot.ts';
import { Bank } from '../testing/bank.ts';
import { Leases } from './leases.ts';

const anEntitlement = (id = 'ent_1'): GatewayEntitlement => ({
  id,
  consumerId: null,
  plan: { id: 'plan', version: 1, rateLimit: null, rateWindowMs: 60_000, quotaLimit: 100, apis: null, policy: '' },
  rate: emptyRateCell(),
  quota: emptyQuotaCell(),
  anchor: 0,
  leaseState: null,
});

function setUp(limit: number | null, settled: () => Promise<void> = async () => {}, random = () => 0) {
  const bank = new Bank(limit);
  const clock = { ms: 1_000, now: () => clock.ms };
  const errors: Error[] = [];
  let requests = 0;
  const leases = new Leases({
    source: bank,
    clock,
    random,
    newRequestId: () => `lr_${++requests}`,
    settled,
    onError: (error) => errors.push(error),
  });
  return { bank, clock, leases, errors, entitlement: anEntitlement() };
}

/** Charges single units until the quota is used up. @returns their number */
async function spendAll(leases: Leases, entitlement: GatewayEntitlement): Promise<number> {
  let spent = 0;
  while ((await leases.charge(entitlement, 1)) === 'ALLOW') spent += 1;
  return spent;
}

describe('leases', () => {
  it('admit exactly the limit, however many calls arrive at once', async () => {
    const { leases, entitlement, bank } = setUp(100);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => leases.charge(entitlement, 1)));
    expect(outcomes.filter((outcome) => outcome === 'ALLOW')).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === 'QUOTA_EXCEEDED')).toHaveLength(100);
    expect(bank.leased).toBe(100);
  });

  it('send one request for many calls that wait together', async () => {
    const { leases, entitlement, bank } = setUp(1_000_000);
    await Promise.all(Array.from({ length: 50 }, () => leases.charge(entitlement, 1)));
    expect(bank.requests.length).toBeLessThanOrEqual(2);
  });

  it('refuse an expensive call and still admit a cheaper one that fits', async () => {
    const { leases, entitlement } = setUp(3);
    expect(await leases.charge(entitlement, 5)).toBe('QUOTA_EXCEEDED');
    expect(await leases.charge(entitlement, 3)).toBe('ALLOW');
    expect(await leases.charge(entitlement, 0)).toBe('ALLOW');
    expect(await leases.charge(entitlement, 1)).toBe('QUOTA_EXCEEDED');
  });

  it('count a lost response once: the request is sent again with the same id', async () => {
    const { leases, entitlement, bank, clock } = setUp(100);
    bank.faults = ['lose-answer'];
    expect(await leases.charge(entitlement, 1)).toBeNull();
    clock.ms += 1_000;
    const outcomes = await Promise.all(Array.from({ length: 150 }, () => leases.charge(entitlement, 1)));
    expect(outcomes.filter((outcome) => outcome === 'ALLOW')).toHaveLength(100);
    expect(bank.requests[1]?.requestId).toBe(bank.requests[0]?.requestId);
  });

  it('wait for the backoff after a failure, then send a new request', async () => {
    const { leases, entitlement, bank, clock } = setUp(100);
    bank.faults = ['refuse'];
    expect(await leases.charge(entitlement, 1)).toBeNull();
    expect(await leases.charge(entitlement, 1)).toBeNull();
    expect(bank.requests).toHaveLength(1);
    clock.ms += 250;
    expect(await leases.charge(entitlement, 1)).toBe('ALLOW');
  });

  it('refuse no other entitlement when the request of one fails, and retry that one after its backoff', async () => {
    const { leases, entitlement, bank, clock, errors } = setUp(1_000);
    bank.faults = ['fail'];
    expect(await leases.charge(entitlement, 1)).toBeNull();
    for (let i = 0; i < 5; i++) expect(await leases.charge(anEntitlement(`ent_other_${i}`), 1)).toBe('ALLOW');
    expect(await leases.charge(entitlement, 1)).toBeNull();
    expect([errors.length, bank.requests.filter(({ entitlementId }) => entitlementId === 'ent_1').length]).toEqual([1, 1]);
    clock.ms += 250;
    expect(await leases.charge(entitlement, 1)).toBe('ALLOW');
  });

  it('refuse every entitlement during the backoff when the database is unreachable, queued requests included', async () => {
    const { leases, bank, clock } = setUp(1_000);
    bank.atOnce = 1;
    const limited = new Leases({
      source: bank,
      clock,
      random: () => 0,
      newRequestId: () => 'lr',
      settled: async () => {},
      onError: () => {},
    });
    bank.faults = ['refuse'];
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => limited.charge(anEntitlement(`ent_${i}`), 1)));
    expect(outcomes).toEqual(Array(20).fill(null));
    expect(bank.requests).toHaveLength(1);
    expect(await limited.charge(anEntitlement('ent_later'), 1)).toBeNull();
    clock.ms += 250;
    expect(await limited.charge(anEntitlement('ent_later'), 1)).toBe('ALLOW');
    expect(leases.failures).toBe(0);
  });

  it('send at most the allowed number of requests at once, in order, and renew only below it', async () => {
    const { bank, leases } = setUp(100_000);
    const renewing = anEntitlement('ent_renewing');
    await leases.charge(renewing, 1);
    await leases.charge(renewing, renewing.quota.available);
    const before = bank.requests.length;
    const answer = bank.hold();
    const calls = Array.from({ length: 25 }, (_, i) => leases.charge(anEntitlement(`ent_${i}`), 1));
    await vi.waitFor(() => expect(bank.requests.length).toBe(before + bank.atOnce));
    leases.renew(renewing);
    answer();
    expect(await Promise.all(calls)).toEqual(Array(25).fill('ALLOW'));
    const requested = bank.requests.slice(before).map(({ entitlementId }) => entitlementId);
    expect(requested).toEqual(Array.from({ length: 25 }, (_, i) => `ent_${i}`));
    leases.renew(renewing);
    expect(bank.requests.at(-1)).toMatchObject({ entitlementId: 'ent_renewing', need: 0 });
  });

  it('request blocks of different sizes, so that entitlements with similar usage do not renew at once', async () => {
    const wantFor = async (random: number) => {
      const { leases, bank, entitlement } = setUp(16_000, undefined, () => random);
      await leases.learnPeriod(entitlement);
      await leases.charge(entitlement, 2);
      return bank.requests.at(-1)?.want;
    };
    expect([await wantFor(0), await wantFor(0.5), await wantFor(0.999)]).toEqual([999, 875, 750]);
  });

  it('after a change from an unlimited plan wait until its usage is settled', async () => {
    const order: string[] = [];
    const { bank, leases, entitlement } = setUp(null, async () => void order.push('settled'));
    await leases.charge(entitlement, 5);
    expect(order).toEqual([]);
    bank.limit = 100;
    bank.leased = 97;
    entitlement.quota.recalled = true;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => leases.charge(entitlement, 1)));
    expect(outcomes.filter((outcome) => outcome === 'ALLOW')).toHaveLength(3);
    expect(order).toEqual(['settled']);
  });

  it('let a call wait five seconds for the database, and use a response that arrives later', async () => {
    vi.useFakeTimers();
    const { bank, clock, leases, entitlement } = setUp(100);
    const answer = bank.hold();
    const waiting = leases.charge(entitlement, 1);
    await vi.advanceTimersByTimeAsync(4_999);
    clock.ms += 4_999;
    const later = leases.charge(entitlement, 1);
    await vi.advanceTimersByTimeAsync(1);
    clock.ms += 1;
    expect([await waiting, await later, await leases.charge(entitlement, 1)]).toEqual([null, null, null]);
    answer();
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect(await leases.charge(entitlement, 1)).toBe('ALLOW');
    expect(bank.requests).toHaveLength(1);
  });

  it('spend leased units while the database is unreachable', async () => {
    const { leases, entitlement, bank } = setUp(1_600);
    await leases.learnPeriod(entitlement);
    for (let i = 0; i < 2; i++) await leases.charge(entitlement, 1);
    const left = entitlement.quota.available;
    expect(left).toBeGreaterThan(1);
    bank.faults = Array.from({ length: 200 }, () => 'refuse' as const);
    for (let i = 0; i < left; i++) expect(await leases.charge(entitlement, 1)).toBe('ALLOW');
    expect(await leases.charge(entitlement, 1)).toBeNull();
  });

  it('apply a lowered limit that arrives during a renewal under the old one', async () => {
    const { leases, entitlement, bank } = setUp(16_000);
    await leases.learnPeriod(entitlement);
    let admitted = 0;
    while (admitted < 600 && (await leases.charge(entitlement, 1)) === 'ALLOW') admitted += 1;
    const answer = bank.hold();
    leases.renew(entitlement);
    expect(bank.requests.at(-1)).toMatchObject({ need: 0, surrender: 0 });
    bank.limit = 700;
    entitlement.quota.recalled = true;
    answer();
    while ((await leases.charge(entitlement, 1)) === 'ALLOW') admitted += 1;
    expect(admitted).toBe(700);
    expect(bank.leased).toBe(700);
  });

  it('are not spent after they were voided; new ones are requested once the database has voided them too', async () => {
    const { leases, entitlement, bank } = setUp(1_600);
    await leases.learnPeriod(entitlement);
    for (let i = 0; i < 3; i++) await leases.charge(entitlement, 1);
    expect(entitlement.quota.available).toBeGreaterThan(0);
    let release: () => void = () => {};
    const databaseReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const requestsBefore = bank.requests.length;
    const forgotten = leases.forget([entitlement], () => databaseReleased);
    const waiting = leases.charge(entitlement, 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect([bank.requests.length, entitlement.quota.available]).toEqual([requestsBefore, 0]);
    bank.leased = 3;
    release();
    await forgotten;
    expect(await waiting).toBe('ALLOW');
    expect(bank.requests.at(-1)).toMatchObject({ surrender: 0, periodId: '' });
    expect(3 + (await spendAll(leases, entitlement)) + 1).toBe(1_600);
  });

  it('voided during a surrender are not granted twice: the response is void', async () => {
    const { leases, entitlement, bank } = setUp(100);
    await leases.learnPeriod(entitlement);
    entitlement.quota.recalled = true;
    const answer = bank.hold();
    const waiting = leases.charge(entitlement, 1);
    await new Promise((resolve) => setImmediate(resolve));
    const order: string[] = [];
    const forgotten = leases.forget([entitlement], async () => {
      order.push(`released ${bank.leased}`);
      bank.leased = 0;
    });
    answer();
    await forgotten;
    expect(order).toHaveLength(1);
    expect(await waiting).toBe('ALLOW');
    expect(1 + (await spendAll(leases, entitlement))).toBe(100);
    expect(bank.leased).toBe(100);
  });

  it('are not requested again under the same id after they were voided', async () => {
    const { leases, entitlement, bank, clock } = setUp(100);
    bank.faults = ['lose-answer'];
    expect(await leases.charge(entitlement, 1)).toBeNull();
    await leases.forget([entitlement], async () => {
      bank.leased = 0;
    });
    clock.ms += 1_000;
    expect(await spendAll(leases, entitlement)).toBe(100);
    expect(bank.requests[1]?.requestId).not.toBe(bank.requests[0]?.requestId);
  });

  it('never lose or duplicate a unit under any order of charges, refunds, faults, recalls and voided leases', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('charge' as const), cost: fc.integer({ min: 0, max: 7 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('refund' as const), cost: fc.constant(0) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom('refuse' as const, 'lose-answer' as const, 'recall' as const, 'renew' as const, 'forget' as const),
          cost: fc.constant(0),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 200 }), fc.array(step, { maxLength: 120 }), async (limit, steps) => {
        const { leases, entitlement, bank, clock } = setUp(limit);
        const spent: number[] = [];
        const running: Promise<void>[] = [];
        const sum = () => spent.reduce((total, cost) => total + cost, 0);
        for (const { kind, cost } of steps) {
          clock.ms += 300;
          if (kind === 'charge') {
            const charged = leases.charge(entitlement, cost).then((outcome) => {
              if (outcome === 'ALLOW') spent.push(cost);
            });
            running.push(charged);
            if (cost % 2 === 0) await charged;
          } else if (kind === 'refund') {
            // After a `forget` the cell has no period, so there is nothing to refund to.
            const cost = entitlement.quota.periodId === '' ? undefined : spent.pop();
            if (cost !== undefined) entitlement.quota.available += cost;
          } else if (kind === 'recall') entitlement.quota.recalled = true;
          else if (kind === 'forget') {
            const forgotten = leases.forget([entitlement], async () => {
              await new Promise((resolve) => setImmediate(resolve));
              bank.leased = sum();
            });
            running.push(forgotten);
            if (steps.length % 2 === 0) await forgotten;
          } else if (kind === 'renew') leases.renew(entitlement);
          else bank.faults.push(kind);
        }
        await Promise.all(running);
        // A renewal may still be in flight. It must end before the clock jumps: otherwise the next
        // call would not wait for it.
        await new Promise((resolve) => setImmediate(resolve));
        bank.faults = [];
        clock.ms += 5_000;
        expect(sum()).toBeLessThanOrEqual(limit);
        while ((await leases.charge(entitlement, 1)) === 'ALLOW') spent.push(1);
        expect(sum()).toBe(limit);
        expect(quotaRemaining(entitlement.quota)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
