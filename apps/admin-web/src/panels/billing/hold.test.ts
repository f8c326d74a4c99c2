import { expect, test } from 'vitest';
import { isHeld } from './hold.ts';

test.each([
  ['suspended', 'active', true],
  ['suspended', 'trialing', true],
  ['suspended', 'past_due', false],
  ['suspended', 'unpaid', false],
  ['active', 'active', false],
  ['grace', 'past_due', false],
] as const)('access %s while Stripe says %s: held by a dispute is %s', (access, status, held) => {
  expect(isHeld({ access, status })).toBe(held);
});
