import { expect, test } from 'vitest';
import { endedText } from './ended-words.ts';

test('a key that works no more has no calls left, and one that can be resumed keeps its rate', () => {
  expect((['revoked', 'expired', 'suspended', 'enabled'] as const).map(endedText)).toEqual([
    'The key is revoked: every call is refused',
    'The key is expired: every call is refused',
    null,
    null,
  ]);
});
