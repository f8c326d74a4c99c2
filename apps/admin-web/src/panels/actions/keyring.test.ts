import { expect, test } from 'vitest';
import { maskKey, pasteError } from './keyring.ts';

const KEY = `af_live_${'a1B2'.repeat(9)}`;

test('a masked key shows its prefix and last 4 characters, and a short text nothing', () => {
  expect(maskKey(KEY)).toBe('af_live_a1B2…a1B2');
  expect(maskKey('secret-of-23-characters')).toBe('…');
});

test.each([
  [KEY, null],
  [`  ${KEY}\n`, null],
  ['anything-the-server-may-refuse', null],
  ['   ', 'Paste a key first'],
])('the error of the pasted text %j is %s', (text, error) => {
  expect(pasteError(text, null)).toBe(error);
});

test('an operator key is not accepted as an API key', () => {
  expect(pasteError(`af_admin_${'a'.repeat(36)}`, null)).toMatch(/operator key/);
});

test('a key whose prefix or last 4 characters differ from the selected key’s is rejected', () => {
  expect(pasteError(KEY, { prefix: 'af_live_a1B2', last4: 'a1B2' })).toBeNull();
  expect(pasteError(KEY, { prefix: 'af_live_a1B3', last4: 'a1B2' })).toMatch(/a different key/);
  expect(pasteError(KEY, { prefix: 'af_live_a1B2', last4: 'a1B3' })).toMatch(/a different key/);
});
