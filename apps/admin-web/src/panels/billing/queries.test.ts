import { expect, test } from 'vitest';
import { isSuspendedByDispute } from './queries.ts';

test.each([
  ['suspended', 'active', true],
  ['suspended', 'trialing', true],
  ['suspended', 'past_due', false],
  ['suspended', 'unpaid', false],
  ['active', 'active', false],
  ['grace', 'past_due', false],
] as const)('a subscription with access %s and Stripe status %s is suspended by a dispute: %s', (access, status, suspended) => {
  expect(isSuspendedByDispute({ access, status })).toBe(suspended);
});
