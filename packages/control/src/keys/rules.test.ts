import { effectiveStatus, isOfMode } from '@api-factory/core';
import { expect, test } from 'vitest';
import { endOfRotated, readExpiry, statusOf, suspendedBy } from './rules.ts';

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
] as const)('a key that is %s and expires at %s is %s', (operatorStatus, expiresAt, status) => {
  expect(statusOf({ operatorStatus, access: null, expiresAt }, NOW)).toBe(status);
});

const SEVERITY = ['enabled', 'suspended', 'revoked'] as const;
const ACCESSES = [null, 'active', 'grace', 'suspended', 'revoked'] as const;

test.each(SEVERITY.flatMap((operatorStatus) => ACCESSES.map((access) => [operatorStatus, access] as const)))(
  'a key with the operator status %s and the access %s has the stricter of both',
  (operatorStatus, access) => {
    const worse = Math.max(SEVERITY.indexOf(operatorStatus), access === 'revoked' ? 2 : access === 'suspended' ? 1 : 0);
    expect(effectiveStatus(operatorStatus, access)).toBe(SEVERITY[worse]);
    expect(statusOf({ operatorStatus, access, expiresAt: null }, NOW)).toBe(SEVERITY[worse]);
    expect(statusOf({ operatorStatus, access, expiresAt: NOW }, NOW)).toBe(worse === 2 ? 'revoked' : 'expired');
  },
);

test.each([
  ['enabled', null, null],
  ['enabled', 'active', null],
  ['enabled', 'grace', null],
  ['enabled', 'suspended', 'billing'],
  ['enabled', 'revoked', null],
  ['suspended', null, 'operator'],
  ['suspended', 'active', 'operator'],
  ['suspended', 'suspended', 'operator'],
  ['suspended', 'revoked', null],
  ['revoked', 'suspended', null],
] as const)('a key with the operator status %s and the access %s is suspended by %s', (operatorStatus, access, by) => {
  expect(suspendedBy({ operatorStatus, access, expiresAt: null }, NOW)).toBe(by);
  expect(suspendedBy({ operatorStatus, access, expiresAt: after(1) }, NOW)).toBe(by);
  expect(suspendedBy({ operatorStatus, access, expiresAt: NOW }, NOW)).toBeNull();
});

test.each([
  ['live', null, 'live', null, true],
  ['live', null, 'live', 'live', true],
  ['live', 'live', 'live', 'live', true],
  ['live', 'live', 'live', null, false],
  ['test', 'sandbox', 'test', 'sandbox', true],
  ['test', 'sandbox', 'test', 'test', false],
  ['test', 'sandbox', 'live', null, false],
  ['test', null, 'test', 'sandbox', true],
  ['test', null, 'live', 'live', false],
] as const)('a %s key of billing mode %s is valid with key mode %s and billing %s: %s', (mode, billingMode, keyMode, activeMode, valid) => {
  expect(isOfMode({ mode, billingMode }, { keyMode, billing: activeMode === null ? null : { mode: activeMode } })).toBe(valid);
});

test('an expiry is parsed with any offset; undefined and null are returned unchanged', () => {
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
