import { expect, test } from 'vitest';
import { endedKeyText } from './key-limits.ts';

test('a key that works no more has no calls left, and one that can be resumed keeps its rate', () => {
  expect((['revoked', 'expired', 'suspended', 'enabled'] as const).map(endedKeyText)).toEqual([
    'The key is revoked: every call is refused',
    'The key is expired: every call is refused',
    null,
    null,
  ]);
});
