import { expect, test } from 'vitest';
import { maskKey, pasteFault } from './held-keys.ts';

const KEY = `af_live_${'a1B2'.repeat(9)}`;

test('a masked key shows its ends only, a short text nothing', () => {
  expect(maskKey(KEY)).toBe('af_live_a1B2…a1B2');
  expect(maskKey('secret-of-23-characters')).toBe('…');
});

test.each([
  [KEY, null],
  [`  ${KEY}\n`, null],
  ['anything-the-server-may-refuse', null],
  ['   ', 'Paste a key first'],
])('%j: %s', (text, fault) => {
  expect(pasteFault(text, null)).toBe(fault);
});

test('an operator key is not taken for an API key', () => {
  expect(pasteFault(`af_admin_${'a'.repeat(36)}`, null)).toMatch(/operator key/);
});

test('a key that is not the chosen one is refused by either end', () => {
  expect(pasteFault(KEY, { prefix: 'af_live_a1B2', last4: 'a1B2' })).toBeNull();
  expect(pasteFault(KEY, { prefix: 'af_live_a1B3', last4: 'a1B2' })).toMatch(/another key/);
  expect(pasteFault(KEY, { prefix: 'af_live_a1B2', last4: 'a1B3' })).toMatch(/another key/);
});
