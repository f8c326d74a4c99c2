import { expect, it } from 'vitest';
import { shippingCheck } from './checks.ts';

it.each([
  [null, 5_000, { ok: true }],
  [1_000, 1_000, { ok: true, detail: 'failing for 0 s; see the log' }],
  [1_000, 61_000, { ok: true, detail: 'failing for 60 s; see the log' }],
  [1_000, 61_001, { ok: false, detail: 'failing for 60 s; see the log' }],
])('shipping that has failed since %s reports, at %i, %j', (failingSince, now, check) => {
  expect(shippingCheck(failingSince, now)).toEqual(check);
});
