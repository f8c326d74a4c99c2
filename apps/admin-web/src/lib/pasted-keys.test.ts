import { describe, expect, it, test } from 'vitest';
import { pastedKeyError, withoutKeys, withoutWhitespace } from './pasted-keys.ts';

const KEY = `af_test_${'a1B2'.repeat(9)}`;

describe('a pasted key', () => {
  it('loses what comes along when one copies it', () => {
    expect(withoutWhitespace(` ${KEY.slice(0, 20)}\n${KEY.slice(20)}\t`)).toBe(KEY);
  });

  it.each([
    ['', 'Paste a key first'],
    [' \n', 'Paste a key first'],
    ['af_test_“quoted”', 'A key has only letters, digits and underscores: copy it again'],
    ['x'.repeat(501), 'That is too long for a key: paste only the key'],
    ['af_admin_0123', 'This is an operator key: paste an API key'],
  ])('is not sent when it can be none: %j', (text, fault) => {
    expect(pastedKeyError(text)).toBe(fault);
  });

  it.each([KEY, ` ${KEY}\n`, 'x'.repeat(500), 'not-a-key'])('is sent else: %j', (text) => {
    expect(pastedKeyError(text)).toBeNull();
  });
});

const SECRET = 'Ab3dEf6hIj9kLmNoPqRsTuVwXyZ012345678';

test.each(['live', 'test'])('of a key of mode %s its first 12 characters are left, as the list of keys shows them', (mode) => {
  expect(withoutKeys(`af_${mode}_${SECRET}`)).toBe(`af_${mode}_Ab3d`);
  expect(withoutKeys(`/api/admin/keys?search=af_${mode}_${SECRET}&limit=8`)).toBe(`/api/admin/keys?search=af_${mode}_Ab3d&limit=8`);
});

test('of an operator key only its kind is left, and of several keys none is whole', () => {
  expect(withoutKeys(`af_admin_${SECRET}`)).toBe('af_admin_');
  expect(withoutKeys(`af_live_${SECRET},af_test_${SECRET}`)).toBe('af_live_Ab3d,af_test_Ab3d');
});

test('a key that was cut off while it was copied is cut down too; its beginning and other texts stay', () => {
  expect(withoutKeys(`af_live_${SECRET.slice(0, 12)}`)).toBe('af_live_Ab3d');
  for (const text of ['', 'af_live_', 'af_live_Ab3d', 'af_live_Ab3dEf6hIj9', 'key_Ab3dEf6hIj9kLmNoPqRs', 'Ada'])
    expect(withoutKeys(text)).toBe(text);
});
