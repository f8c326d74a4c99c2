import { emptyQuotaCell, emptyRateCell } from '@api-factory/core';
import { expect, it } from 'vitest';
import type { GatewayEntitlement } from '../snapshot/snapshot.ts';
import { HEAVY_IN_FLIGHT, HeavySlots } from './slots.ts';

const anEntitlement = () => ({ id: 'ent', rate: emptyRateCell(), quota: emptyQuotaCell() }) as unknown as GatewayEntitlement;

it('each entitlement has its own slots, and full ones are counted', () => {
  const slots = new HeavySlots();
  const [one, other] = [anEntitlement(), anEntitlement()];
  for (let i = 0; i < HEAVY_IN_FLIGHT; i++) {
    expect(slots.isFull(one)).toBe(false);
    expect(slots.take(one)).toBe(true);
  }
  expect([slots.take(one), slots.isFull(one), slots.isFull(other), slots.full]).toEqual([false, true, false, 1]);
  expect(slots.take(other)).toBe(true);
  slots.leave(one);
  expect([slots.isFull(one), slots.full]).toEqual([false, 0]);
  expect(slots.take(one)).toBe(true);
  expect(slots.full).toBe(1);
});
