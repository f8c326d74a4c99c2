import type { Access } from '@api-factory/core';
import { describe, expect, test } from 'vitest';
import { after, aPrevious, aSubscription, aTruth, before, DAY, derive, NOW } from '../testing/truths.ts';

const accessOf = (...args: Parameters<typeof derive>) => derive(...args).subscriptions[0]?.access;
const previously = (access: Access, graceUntil: Date | null = null) =>
  aPrevious({ subscriptions: new Map([['sub_1', { access, planId: 'pro', graceUntil, ended: false, backedBy: null }]]) });

describe('a status grants', () => {
  test.each([
    ['trialing', 'active'],
    ['active', 'active'],
    ['unpaid', 'suspended'],
    ['paused', 'suspended'],
    ['incomplete', 'none'],
    ['incomplete_expired', 'none'],
    ['canceled', 'revoked'],
  ] as const)('%s: %s, regardless of the previous access', (status, access) => {
    const truth = aTruth({ subscriptions: [aSubscription({ status })] });
    expect(derive(truth)).toMatchObject({
      subscriptions: [{ id: 'sub_1', access, graceUntil: null, priceId: 'price_pro', planId: 'pro', backedBy: null }],
      nextChangeAt: null,
      flags: [],
    });
    for (const earlier of ['active', 'grace', 'suspended', 'revoked', 'none'] as const) {
      expect(accessOf(truth, previously(earlier, after(DAY)))).toBe(access);
    }
  });

  test.each(['trialing', 'active'])('active access until a scheduled cancellation: %s', (status) => {
    expect(accessOf(aTruth({ subscriptions: [aSubscription({ status, cancelAt: after(1) })] }))).toBe('active');
  });

  test.each([
    ['active', 'active'],
    ['suspended', 'suspended'],
    ['revoked', 'revoked'],
    ['none', 'none'],
  ] as const)('the previous access when it is unknown: %s', (earlier, access) => {
    const derived = derive(aTruth({ subscriptions: [aSubscription({ status: 'frozen' })] }), previously(earlier));
    expect(derived).toMatchObject({ subscriptions: [{ access }], flags: [{ kind: 'unknown_status', objectId: 'sub_1' }] });
    expect(derived.flags[0]?.detail).toContain('frozen');
  });

  test('nothing when it is unknown and the subscription is new', () => {
    expect(accessOf(aTruth({ subscriptions: [aSubscription({ status: 'frozen' })] }))).toBe('none');
  });

  test('no extension of a grace period when it is unknown', () => {
    const truth = aTruth({ subscriptions: [aSubscription({ status: 'frozen' })] });
    expect(derive(truth, previously('grace', after(1)))).toMatchObject({ subscriptions: [{ access: 'grace' }], nextChangeAt: after(1) });
    expect(derive(truth, previously('grace', NOW))).toMatchObject({ subscriptions: [{ access: 'suspended' }], nextChangeAt: null });
  });

  test('nothing when the customer was deleted, and there are no successors', () => {
    const subscriptions = [
      aSubscription({ id: 'a', status: 'active' }),
      aSubscription({ id: 'b', status: 'past_due', unpaidSince: NOW }),
      aSubscription({ id: 'c', status: 'canceled', endedAt: NOW }),
      aSubscription({ id: 'd', status: 'frozen' }),
      aSubscription({ id: 'e', status: 'incomplete' }),
    ];
    const derived = derive(aTruth({ deleted: true, subscriptions }));
    expect(derived.subscriptions.map(({ access }) => access)).toEqual(['revoked', 'revoked', 'revoked', 'revoked', 'none']);
    expect(derived.subscriptions.every(({ backedBy }) => backedBy === null)).toBe(true);
    expect(derived.flags).toEqual([]);
  });
});

describe('a grace period', () => {
  const failed = (unpaidSince: Date | null) => aTruth({ subscriptions: [aSubscription({ status: 'past_due', unpaidSince })] });

  test.each([
    ['the moment of the failure', NOW, 'grace'],
    ['a millisecond before the end', before(7 * DAY - 1), 'grace'],
    ['the end', before(7 * DAY), 'suspended'],
    ['after the end', before(8 * DAY), 'suspended'],
  ] as const)('includes its start and excludes its end: %s', (_, unpaidSince, access) => {
    const graceUntil = new Date(unpaidSince.getTime() + 7 * DAY);
    expect(derive(failed(unpaidSince))).toMatchObject({
      subscriptions: [{ access, graceUntil }],
      nextChangeAt: access === 'grace' ? graceUntil : null,
    });
  });

  test('of 0 days suspends immediately', () => {
    expect(derive(failed(NOW), aPrevious(), { graceDays: 0 })).toMatchObject({
      subscriptions: [{ access: 'suspended', graceUntil: NOW }],
      nextChangeAt: null,
    });
  });

  test('is neither extended nor shortened by the previous result', () => {
    for (const earlier of [previously('grace', after(DAY)), previously('suspended', before(DAY)), previously('active')]) {
      expect(derive(failed(before(DAY)), earlier).subscriptions[0]).toMatchObject({ access: 'grace', graceUntil: after(6 * DAY) });
    }
  });

  test('starts again when a payment fails after a successful one', () => {
    const paid = derive(aTruth(), previously('suspended', before(DAY))).subscriptions[0];
    expect(paid).toMatchObject({ access: 'active', graceUntil: null });
    expect(derive(failed(before(1)), previously('active')).subscriptions[0]).toMatchObject({
      access: 'grace',
      graceUntil: after(7 * DAY - 1),
    });
  });

  test('without an open invoice starts when it is first seen, and keeps its end', () => {
    const first = derive(failed(null), previously('active'));
    expect(first).toMatchObject({ subscriptions: [{ access: 'grace', graceUntil: after(7 * DAY) }], nextChangeAt: after(7 * DAY) });
    expect(derive(failed(null), previously('grace', after(1))).nextChangeAt).toEqual(after(1));
    expect(derive(failed(null), previously('grace', NOW)).subscriptions[0]).toMatchObject({ access: 'suspended', graceUntil: NOW });
  });

  test('without an open invoice does not start for suspended access', () => {
    expect(derive(failed(null), previously('suspended')).subscriptions[0]).toMatchObject({ access: 'suspended', graceUntil: null });
  });

  test('that ends first sets the next change', () => {
    const subscriptions = [before(DAY), before(2 * DAY), before(9 * DAY)].map((unpaidSince, index) =>
      aSubscription({ id: `sub_${index}`, status: 'past_due', unpaidSince }),
    );
    expect(derive(aTruth({ subscriptions })).nextChangeAt).toEqual(after(5 * DAY));
  });
});

describe('a price', () => {
  const priced = (...priceIds: string[]) =>
    aTruth({
      subscriptions: [aSubscription({ items: priceIds.map((priceId) => ({ priceId, currentPeriodStart: NOW, currentPeriodEnd: NOW })) })],
    });

  test.each([[['price_other']], [[]]])('without a plan, %j, grants nothing to a new subscription', (priceIds) => {
    expect(derive(priced(...priceIds))).toMatchObject({
      subscriptions: [{ access: 'none', planId: null, priceId: priceIds[0] ?? null }],
      flags: [{ kind: 'unmapped_price', objectId: 'sub_1' }],
    });
  });

  test('without a plan leaves an existing subscription its access, and reports no plan', () => {
    expect(derive(priced('price_other'), previously('active'))).toMatchObject({
      subscriptions: [{ access: 'active', planId: null, priceId: 'price_other' }],
      flags: [{ kind: 'unmapped_price' }],
    });
  });

  test('without a plan raises no flag once the subscription has ended', () => {
    const truth = aTruth({ subscriptions: [aSubscription({ status: 'canceled', items: [] })] });
    expect(derive(truth, previously('active'))).toMatchObject({ subscriptions: [{ access: 'revoked' }], flags: [] });
  });

  test('with a plan applies among items without one, at any position', () => {
    for (const truth of [priced('price_other', 'price_pro'), priced('price_pro', 'price_other')]) {
      expect(derive(truth)).toMatchObject({ subscriptions: [{ priceId: 'price_pro', planId: 'pro' }], flags: [] });
    }
  });

  test('of the previous plan applies among several plans, else the first, and a flag is raised', () => {
    const truth = priced('price_starter', 'price_pro');
    expect(derive(truth)).toMatchObject({ subscriptions: [{ planId: 'starter' }], flags: [{ kind: 'several_plans' }] });
    expect(derive(truth, previously('active'))).toMatchObject({ subscriptions: [{ planId: 'pro', priceId: 'price_pro' }] });
  });
});

describe('a dispute', () => {
  const disputed = (...statuses: string[]) =>
    aTruth({ disputes: statuses.map((status, index) => ({ id: `dp_${index}`, status, createdAt: NOW })) });

  test.each([
    ['needs_response', true],
    ['under_review', true],
    ['lost', true],
    ['won', false],
    ['prevented', false],
    ['warning_needs_response', false],
    ['warning_under_review', false],
    ['warning_closed', false],
  ])('with the status %s holds: %s', (status, hold) => {
    const derived = derive(disputed(status));
    expect(derived).toMatchObject({
      holds: [{ disputeId: 'dp_0', status, hold }],
      subscriptions: [{ access: hold ? 'suspended' : 'active', planId: 'pro' }],
    });
    expect(derived.flags.map(({ kind }) => kind)).toEqual(status.startsWith('warning_') ? ['dispute_warning'] : []);
  });

  test.each([true, false, undefined])('with an unknown status holds as before: %s', (hold) => {
    const previous = aPrevious({ holds: new Map(hold === undefined ? [] : [['dp_0', hold]]) });
    expect(derive(disputed('escalated'), previous)).toMatchObject({
      holds: [{ hold: hold ?? false }],
      flags: [{ kind: 'unknown_dispute_status', objectId: 'dp_0' }],
    });
  });

  test('that is lost holds despite one that was won; two that were won do not', () => {
    expect(accessOf(disputed('won', 'lost'))).toBe('suspended');
    expect(accessOf(disputed('won', 'won'))).toBe('active');
  });

  test('that was not fetched keeps its hold', () => {
    expect(accessOf(aTruth(), aPrevious({ holds: new Map([['dp_9', true]]) }))).toBe('suspended');
    expect(accessOf(aTruth(), aPrevious({ holds: new Map([['dp_9', false]]) }))).toBe('active');
    expect(accessOf(aTruth(), aPrevious({ holds: new Map([['dp_9', true]]), released: new Set(['dp_9']) }))).toBe('active');
  });

  test('suspends active and grace access of the customer, and improves no access', () => {
    const statuses = ['active', 'past_due', 'unpaid', 'canceled', 'incomplete'];
    const subscriptions = statuses.map((status) => aSubscription({ id: status, status, unpaidSince: NOW }));
    const derived = derive({ ...disputed('lost'), subscriptions });
    expect(derived.subscriptions.map(({ access }) => access)).toEqual(['suspended', 'suspended', 'suspended', 'revoked', 'none']);
    expect(derived.subscriptions[1]?.graceUntil).toEqual(after(7 * DAY));
    expect(derived.nextChangeAt).toBeNull();
  });
});
