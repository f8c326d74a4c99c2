import { emptyQuotaCell, type QuotaCell } from '@api-factory/core';
import { describe, expect, it } from 'vitest';
import type { GatewayEntitlement, GatewayPlan } from '../snapshot/snapshot.ts';
import { aGateway } from '../testing/gateway.ts';
import { quotaUseOf, quotaUseSamples } from './quota-use.ts';

const NOW = 1_800_000_000_000;

const anEntitlement = (quotaLimit: number | null, cell: Partial<QuotaCell> = {}) =>
  ({
    plan: { quotaLimit } as GatewayPlan,
    quota: { ...emptyQuotaCell(), startsAt: NOW - 1, endsAt: NOW + 1, ...cell },
  }) as GatewayEntitlement;

describe('the use of a quota', () => {
  it.each([
    ['below', 100, { available: 1, unleased: 99 }],
    ['below', 100, { available: 1, unleased: 20 }],
    ['near', 100, { available: 0, unleased: 20 }],
    ['near', 100, { available: 1, unleased: 0 }],
    ['used_up', 100, { available: 0, unleased: 0 }],
    ['used_up', 0, {}],
    [null, null, { available: Number.POSITIVE_INFINITY, unleased: Number.POSITIVE_INFINITY }],
    [null, 100, { endsAt: NOW }],
    [null, 100, { recalled: true }],
  ])('is %s with a limit of %s and %j', (use, limit, cell) => {
    expect(quotaUseOf(anEntitlement(limit, cell), NOW)).toBe(use);
  });

  it('has a sample of 0 for a state without entitlements', () => {
    const samples = quotaUseSamples([anEntitlement(10, { unleased: 9 }), anEntitlement(10, { unleased: 10 }), anEntitlement(null)], NOW);
    expect(samples).toEqual([
      { labels: { use: 'below' }, value: 2 },
      { labels: { use: 'near' }, value: 0 },
      { labels: { use: 'used_up' }, value: 0 },
    ]);
  });
});

it('an entitlement is counted by its usage, and no longer once its key is revoked', async () => {
  const gateway = await aGateway({ quota: 2 });
  try {
    const { snapshot, clock } = gateway;
    const uses = () =>
      Object.fromEntries(quotaUseSamples(snapshot.entitlementsWithKeys(), clock.ms).map((one) => [one.labels.use, one.value]));
    expect(uses()).toEqual({ below: 0, near: 0, used_up: 0 });
    for (const expected of [
      { below: 1, near: 0, used_up: 0 },
      { below: 0, near: 0, used_up: 1 },
    ]) {
      expect((await gateway.post({ action: 'echo', payload: {} })).statusCode).toBe(200);
      expect(uses()).toEqual(expected);
    }
    const revoked = { status: 'revoked' as const, byBilling: false, expiresAt: null, snapshotVersion: 2 };
    const keys = [{ id: 'key_1', hash: '', entitlementId: 'ent_1', ...revoked }];
    await snapshot.accept({ version: 2, stamp: 'b', complete: false, plans: [], entitlements: [], keys });
    expect(uses()).toEqual({ below: 0, near: 0, used_up: 0 });
  } finally {
    await gateway.close();
  }
});
