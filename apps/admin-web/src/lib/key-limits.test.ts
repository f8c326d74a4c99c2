import { expect, test } from 'vitest';
import { endedKeyText } from './key-limits.ts';

test('a revoked or expired key has no calls left, and a suspended key keeps its rate limit', () => {
  expect((['revoked', 'expired', 'suspended', 'enabled'] as const).map(endedKeyText)).toEqual([
    'The key is revoked: every call is refused',
    'The key is expired: every call is refused',
    null,
    null,
  ]);
});
