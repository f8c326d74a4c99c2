import { emptyQuotaCell, emptyRateCell } from '@api-factory/core';
import { expect, it } from 'vitest';
import type { GatewayEntitlement } from '../snapshot/snapshot.ts';
import { HEAVY_IN_FLIGHT, HeavySlots } from './slots.ts';

const anEntitlement = () => ({ id: 'ent', rate: emptyRateCell(), quota: emptyQuotaCell() }) as unknown as GatewayEntitlement;

it('each entitlement has its own slots, and the number of full entitlements is correct', () => {
  const places = new HeavySlots();
  const [one, other] = [anEntitlement(), anEntitlement()];
  for (let i = 0; i < HEAVY_IN_FLIGHT; i++) {
    expect(places.isFull(one)).toBe(false);
    expect(places.take(one)).toBe(true);
  }
  expect([places.take(one), places.isFull(one), places.isFull(other), places.full]).toEqual([false, true, false, 1]);
  expect(places.take(other)).toBe(true);
  places.leave(one);
  expect([places.isFull(one), places.full]).toEqual([false, 0]);
  expect(places.take(one)).toBe(true);
  expect(places.full).toBe(1);
});
