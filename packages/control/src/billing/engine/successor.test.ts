import { describe, expect, test } from 'vitest';
import type { TruthSubscription } from '../stripe/truth.ts';
import { after, aPrevious, aSubscription, aTruth, before, DAY, derive, itemsOf, NOW } from '../testing/truths.ts';

const END = before(DAY);
/** Created with the others and ended a day ago. */
const old = (parts: Partial<TruthSubscription> = {}) => aSubscription({ id: 'old', status: 'canceled', endedAt: END, ...parts });
const other = (id: string, parts: Partial<TruthSubscription> = {}) => aSubscription({ id, ...parts });
const backedBy = (...subscriptions: TruthSubscription[]) =>
  derive(aTruth({ subscriptions })).subscriptions.find(({ id }) => id === 'old')?.backedBy;

describe('the keys of an ended subscription move to', () => {
  test('no subscription when there is no other', () => {
    expect(backedBy(old())).toBeNull();
  });

  test.each([
    ['created before the end', { createdAt: before(2 * DAY) }, 'new'],
    ['created at the end', { createdAt: END }, 'new'],
    ['created a millisecond after it', { createdAt: before(DAY - 1) }, null],
    ['that ended at the same moment', { status: 'canceled', endedAt: END }, null],
    ['that ended a millisecond later', { status: 'canceled', endedAt: before(DAY - 1) }, 'new'],
    ['that ended at an unknown time', { status: 'canceled', endedAt: null }, null],
    ['that was never paid', { status: 'incomplete' }, null],
    ['that was never paid and has expired', { status: 'incomplete_expired', endedAt: NOW }, null],
    ['with an unknown status', { status: 'frozen' }, null],
    ['whose price has no plan', { items: [] }, null],
    ['that is suspended', { status: 'unpaid' }, 'new'],
  ] as const)('another one %s: %j → %s', (_, parts, successor) => {
    expect(backedBy(old(), other('new', parts as Partial<TruthSubscription>))).toBe(successor);
  });

  test.each([
    ['pro', 'pro', 'new'],
    ['pro', 'enterprise', 'new'],
    ['starter', 'pro', 'new'],
    ['pro', 'starter', null],
    ['pro', 'actions', null],
    ['enterprise', 'pro', null],
    ['enterprise', 'enterprise', 'new'],
  ])('another subscription only if its plan includes every api: from %s to %s → %s', (from, to, successor) => {
    expect(backedBy(old({ items: itemsOf(from) }), other('new', { items: itemsOf(to) }))).toBe(successor);
  });

  test('the subscription with the best access, then the newest', () => {
    const active = other('active', { createdAt: before(9 * DAY) });
    const newer = other('newer', { createdAt: before(8 * DAY) });
    const grace = other('grace', { status: 'past_due', unpaidSince: NOW, createdAt: before(2 * DAY) });
    const unpaid = other('unpaid', { status: 'unpaid', createdAt: before(2 * DAY) });
    expect(backedBy(old(), unpaid, grace, active)).toBe('active');
    expect(backedBy(old(), unpaid, grace)).toBe('grace');
    expect(backedBy(old(), active, newer)).toBe('newer');
    expect(backedBy(old(), newer, active)).toBe('newer');
    expect(backedBy(old(), other('twin_2'), other('twin_1'))).toBe(backedBy(old(), other('twin_1'), other('twin_2')));
  });

  test('the last subscription of a chain of any length', () => {
    const second = other('second', { status: 'canceled', endedAt: before(DAY / 2) });
    const third = other('third', { createdAt: before(DAY / 2), status: 'canceled', endedAt: before(DAY / 4) });
    const fourth = other('fourth', { createdAt: before(DAY / 3) });
    expect(backedBy(old(), second, third, fourth)).toBe('fourth');
    expect(backedBy(fourth, old(), third, second)).toBe('fourth');
    expect(backedBy(old(), second)).toBe('second');
    expect(backedBy(old(), third, fourth)).toBeNull();
  });

  test('the same subscription with or without a hold', () => {
    const disputes = [{ id: 'dp_1', status: 'lost', createdAt: NOW }];
    const truth = aTruth({ subscriptions: [old(), other('new')], disputes });
    expect(derive(truth).subscriptions).toMatchObject([
      { access: 'revoked', backedBy: 'new' },
      { access: 'suspended', backedBy: null },
    ]);
  });
});

test('a subscription that has not ended has no successor', () => {
  for (const status of ['active', 'past_due', 'unpaid', 'paused', 'incomplete', 'frozen']) {
    expect(backedBy(old({ status, endedAt: null }), other('new'))).toBeNull();
  }
});

test('an ended subscription whose price no longer has a plan finds its successor by the plan of its keys', () => {
  const record = (id: string, planId: string) =>
    [id, { access: 'active', planId, graceUntil: null, ended: false, backedBy: null }] as const;
  const truth = aTruth({ subscriptions: [old({ items: [] }), other('new', { createdAt: before(5 * DAY), cancelAt: after(DAY) })] });
  const derived = (planId: string) => derive(truth, aPrevious({ subscriptions: new Map([record('old', planId)]) }));
  expect(derived('starter').subscriptions[0]?.backedBy).toBe('new');
  expect(derived('enterprise').subscriptions[0]?.backedBy).toBeNull();
});

test('a hundred subscriptions that ended one after the other pass their keys to the active one', () => {
  const chain = Array.from({ length: 100 }, (_, i) =>
    other(`s${i}`, { status: 'canceled', createdAt: before(400 * DAY), endedAt: before((200 - i) * DAY) }),
  );
  expect(
    backedBy(old({ endedAt: before(300 * DAY), createdAt: before(400 * DAY) }), ...chain, other('new', { createdAt: before(350 * DAY) })),
  ).toBe('new');
});

describe('keys that were revoked without a successor, when another plan later includes their apis,', () => {
  const later = (days: number, ended = true) => {
    const record = { access: 'revoked', planId: 'pro', graceUntil: null, ended, backedBy: null } as const;
    const truth = aTruth({ subscriptions: [old({ endedAt: before(days * DAY) }), other('new', { createdAt: before(9 * DAY) })] });
    return derive(truth, aPrevious({ subscriptions: new Map([['old', record]]) })).subscriptions[0]?.backedBy;
  };

  test('are restored within a day, and stay revoked after it', () => {
    expect(later(1)).toBe('new');
    expect(later(1.01)).toBeNull();
  });

  test('are restored later too when there was no sync since the end', () => {
    expect(later(5, false)).toBe('new');
  });

  test('stay revoked when their successor ended as well', () => {
    const record = (backedBy: string | null) => ({ access: 'revoked', planId: 'pro', graceUntil: null, ended: true, backedBy }) as const;
    const second = other('second', { status: 'canceled', createdAt: before(9 * DAY), endedAt: before(2 * DAY) });
    const truth = aTruth({ subscriptions: [old({ endedAt: before(4 * DAY) }), second, other('new', { createdAt: before(8 * DAY) })] });
    const previous = aPrevious({
      subscriptions: new Map([
        ['old', record('second')],
        ['second', record(null)],
      ]),
    });
    expect(derive(truth, previous).subscriptions.map(({ backedBy }) => backedBy)).toEqual(['second', null, null]);
  });
});
