import { expect, it } from 'vitest';
import { shippingCheck } from './checks.ts';

it.each([
  [null, 5_000, { ok: true }],
  [1_000, 1_000, { ok: true, detail: 'has failed for 0 s; the log says why' }],
  [1_000, 61_000, { ok: true, detail: 'has failed for 60 s; the log says why' }],
  [1_000, 61_001, { ok: false, detail: 'has failed for 60 s; the log says why' }],
])('shipping that has failed since %s is at %i %j', (failingSince, now, check) => {
  expect(shippingCheck(failingSince, now)).toEqual(check);
});
