import { expect, test } from 'vitest';
import { endOfRotated, readExpiry, statusOf } from './rules.ts';

const NOW = new Date('2026-01-15T12:00:00Z');
const after = (ms: number) => new Date(NOW.getTime() + ms);

test.each([
  ['enabled', null, 'enabled'],
  ['enabled', after(1), 'enabled'],
  ['enabled', NOW, 'expired'],
  ['suspended', after(1), 'suspended'],
  ['suspended', NOW, 'expired'],
  ['revoked', null, 'revoked'],
  ['revoked', NOW, 'revoked'],
] as const)('a key that is %s and expires at %s is %s', (word, expiresAt, status) => {
  expect(statusOf({ word, expiresAt }, NOW)).toBe(status);
});

test('an expiry is read in any offset; left out and null stay what they are', () => {
  expect(readExpiry('2026-01-15T14:00:00.001+02:00', NOW)).toEqual(after(1));
  expect(readExpiry(undefined, NOW)).toBeUndefined();
  expect(readExpiry(null, NOW)).toBeNull();
  expect(() => readExpiry('2026-01-15T12:00:00Z', NOW)).toThrow('in the future');
});

test.each([
  [null, 0, 'revoked'],
  [after(1), 0, 'revoked'],
  [null, 1, after(1_000)],
  [after(999), 1, after(999)],
  [after(1_001), 1, after(1_000)],
] as const)('a key that expires at %s and is rotated with %i s of overlap ends at %s', (expiresAt, overlapSeconds, end) => {
  expect(endOfRotated(expiresAt, overlapSeconds, NOW)).toEqual(end);
});
