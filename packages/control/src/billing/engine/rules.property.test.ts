import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Truth, TruthSubscription } from '../stripe/truth.ts';
import { after, aPrevious, aTruth, before, DAY, derive, NOW, storedAfter } from '../testing/truths.ts';
import type { Derived, Previous } from './rules.ts';
import { isEnded } from './successor.ts';

const STATUSES = ['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete', 'incomplete_expired', 'canceled', 'frozen'];
const DISPUTES = ['needs_response', 'under_review', 'won', 'lost', 'prevented', 'warning_closed', 'escalated'];
const PRICES = ['price_starter', 'price_pro', 'price_enterprise', 'price_actions', 'price_unknown'];

const RUNS = { numRuns: 1_000 };

/** Few values, so that equal times, the boundaries of the rules, are frequent. */
const aTime = fc.integer({ min: -12, max: 3 }).map((days) => after(days * DAY));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const someSubscriptions: fc.Arbitrary<TruthSubscription[]> = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 6 }).map((n) => `sub_${n}`),
    status: fc.constantFrom(...STATUSES),
    createdAt: aTime,
    anchor: fc.constant(NOW),
    cancelAt: fc.constant(null),
    endedAt: maybe(aTime),
    items: fc.array(
      fc.record({
        priceId: fc.constantFrom(...PRICES),
        currentPeriodStart: fc.constant(before(DAY)),
        currentPeriodEnd: fc.constant(after(DAY)),
      }),
      { maxLength: 2 },
    ),
    unpaidSince: maybe(aTime),
  }),
  { selector: ({ id }) => id, maxLength: 6 },
);

const someTruth: fc.Arbitrary<Truth> = fc
  .record({
    deleted: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    subscriptions: someSubscriptions,
    disputes: fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 3 }).map((n) => `dp_${n}`),
        status: fc.constantFrom(...DISPUTES),
        createdAt: fc.constant(NOW),
      }),
      { selector: ({ id }) => id, maxLength: 3 },
    ),
  })
  .map(aTruth);

/** The result of earlier syncs of the same customer. */
const someHistory = fc.array(someTruth, { maxLength: 3 });
const aPolicy = fc.record({ graceDays: fc.integer({ min: 0, max: 9 }) });

const recordAfter = (truths: Truth[]): Previous =>
  truths.reduce((previous, truth) => storedAfter(derive(truth, previous), previous, truth), aPrevious());

/** By id, ignoring order. */
const unordered = (derived: Derived) => ({
  ...derived,
  subscriptions: new Map(derived.subscriptions.map((one) => [one.id, one])),
  holds: new Map(derived.holds.map((one) => [one.disputeId, one])),
  flags: new Set(derived.flags.map((flag) => JSON.stringify(flag))),
});

const shuffled = <T>(items: T[]) => fc.shuffledSubarray(items, { minLength: items.length });

test('the order in which Stripe lists subscriptions and disputes does not matter', () => {
  const both = someTruth.chain((truth) =>
    fc.tuple(fc.constant(truth), shuffled(truth.subscriptions), shuffled(truth.disputes), someHistory, aPolicy),
  );
  fc.assert(
    fc.property(both, ([truth, subscriptions, disputes, history, policy]) => {
      const previous = recordAfter(history);
      const derived = derive({ ...truth, subscriptions, disputes }, previous, policy);
      expect(unordered(derived)).toEqual(unordered(derive(truth, previous, policy)));
    }),
    RUNS,
  );
});

test('deriving access again from the same state changes nothing', () => {
  fc.assert(
    fc.property(someTruth, someHistory, aPolicy, (truth, history, policy) => {
      const previous = recordAfter(history);
      const first = derive(truth, previous, policy);
      expect(derive(truth, storedAfter(first, previous, truth), policy)).toEqual(first);
    }),
    RUNS,
  );
});

test('the next change is null or in the future, and nothing changes before it', () => {
  fc.assert(
    fc.property(someTruth, someHistory, aPolicy, (truth, history, policy) => {
      const previous = recordAfter(history);
      const { nextChangeAt, ...first } = derive(truth, previous, policy);
      if (nextChangeAt !== null) expect(nextChangeAt.getTime()).toBeGreaterThan(NOW.getTime());
      const recorded = storedAfter({ ...first, nextChangeAt }, previous, truth);
      const accesses = (at: Date) => derive(truth, recorded, policy, at).subscriptions.map(({ access }) => access);
      const last = nextChangeAt === null ? after(99 * DAY) : new Date(nextChangeAt.getTime() - 1);
      expect(accesses(last)).toEqual(first.subscriptions.map(({ access }) => access));
      if (nextChangeAt !== null) expect(accesses(nextChangeAt)).not.toEqual(accesses(last));
    }),
    RUNS,
  );
});

const withoutSuccessors = ({ subscriptions, ...derived }: Derived) => ({
  ...derived,
  subscriptions: subscriptions.map((one) => ({ ...one, backedBy: null })),
});

test('the previous result matters only for keys that were revoked for good when Stripe’s state is complete', () => {
  const known = someTruth.map((truth) => ({
    ...truth,
    subscriptions: truth.subscriptions.map((one) => ({
      ...one,
      status: one.status === 'frozen' ? 'active' : one.status,
      unpaidSince: one.unpaidSince ?? NOW,
      items: one.items.slice(0, 1).map((item) => ({ ...item, priceId: item.priceId.replace('unknown', 'pro') })),
    })),
    disputes: ['dp_1', 'dp_2', 'dp_3'].map((id) => ({ id, status: truth.disputes[0]?.status === 'won' ? 'won' : 'lost', createdAt: NOW })),
  }));
  fc.assert(
    fc.property(known, someHistory, aPolicy, (truth, history, policy) => {
      const subscriptions = truth.subscriptions.filter(({ items }) => items.length > 0);
      const derived = derive({ ...truth, subscriptions }, recordAfter(history), policy);
      expect(withoutSuccessors(derived)).toEqual(withoutSuccessors(derive({ ...truth, subscriptions }, aPrevious(), policy)));
    }),
    RUNS,
  );
});

/**
 * Stripe never changes the end of a subscription. Random histories may; earlier decisions then
 * stay.
 */
const withEnds = (ends: Date[], truth: Truth): Truth => ({
  ...truth,
  subscriptions: truth.subscriptions.map((one) => ({
    ...one,
    endedAt: isEnded(one.status) ? (ends[Number(one.id.slice(4)) - 1] ?? null) : null,
  })),
});

test('keys leave only an ended subscription, and move to one that outlived it', () => {
  fc.assert(
    fc.property(someTruth, someHistory, fc.array(aTime, { minLength: 6, maxLength: 6 }), (any, earlier, ends) => {
      const [truth, history] = [withEnds(ends, any), earlier.map((one) => withEnds(ends, one))];
      const byId = new Map(truth.subscriptions.map((one) => [one.id, one]));
      for (const { id, backedBy } of derive(truth, recordAfter(history)).subscriptions) {
        if (backedBy === null) continue;
        expect(['canceled', 'incomplete_expired']).toContain(byId.get(id)?.status);
        const { status, endedAt } = byId.get(backedBy) as TruthSubscription;
        if (status === 'canceled') expect(endedAt?.getTime()).toBeGreaterThan(byId.get(id)?.endedAt?.getTime() ?? 0);
      }
    }),
    RUNS,
  );
});

const hasEnded = ({ subscriptions }: Truth, id: string) => subscriptions.some((one) => one.id === id && isEnded(one.status));

test('keys without a successor stay revoked after a day', () => {
  fc.assert(
    fc.property(someTruth, someTruth, fc.integer({ min: 5, max: 99 }), (truth, other, days) => {
      const revoked = derive(truth).subscriptions.filter(
        ({ id, backedBy }) => hasEnded(truth, id) && (backedBy === null || hasEnded(truth, backedBy)),
      );
      const subscriptions = [
        ...truth.subscriptions,
        ...other.subscriptions.filter(({ id }) => truth.subscriptions.every((one) => one.id !== id)),
      ];
      const widened = subscriptions.map((one) =>
        hasEnded(truth, one.id) ? one : { ...one, items: one.items.map((item) => ({ ...item, priceId: 'price_enterprise' })) },
      );
      const { subscriptions: derived } = derive(
        { ...truth, subscriptions: widened },
        recordAfter([truth]),
        { graceDays: 7 },
        after(days * DAY),
      );
      for (const { id, backedBy } of revoked) expect(derived.find((one) => one.id === id)).toMatchObject({ backedBy });
    }),
    RUNS,
  );
});
