import { describe, expect, it, test } from 'vitest';
import { keyEnding, pastedKeyError, withoutKeys, withoutWhitespace } from './pasted-keys.ts';

const KEY = `af_test_${'a1B2'.repeat(9)}`;

describe('a pasted key', () => {
  it('has the whitespace that was copied with it removed', () => {
    expect(withoutWhitespace(` ${KEY.slice(0, 20)}\n${KEY.slice(20)}\t`)).toBe(KEY);
  });

  it.each([
    ['', 'Paste a key first'],
    [' \n', 'Paste a key first'],
    ['af_test_“quoted”', 'A key has only letters, digits and underscores. Copy it again.'],
    ['x'.repeat(501), 'Too long to be a key. Paste only the key.'],
    ['af_admin_0123', 'This is an operator key. Paste an API key.'],
  ])('is not sent when it can’t be a key: %j', (text, error) => {
    expect(pastedKeyError(text)).toBe(error);
  });

  it.each([KEY, ` ${KEY}\n`, 'x'.repeat(500), 'not-a-key'])('is sent otherwise: %j', (text) => {
    expect(pastedKeyError(text)).toBeNull();
  });
});

describe('the end of a key', () => {
  it('is its last 4 characters', () => {
    expect(keyEnding(KEY)).toBe('a1B2');
  });

  it.each(['', `${KEY}x`, KEY.slice(0, -1), `af_admin_${'0'.repeat(36)}`, 'hunter2hunter2'])('is null for any other text: %j', (text) => {
    expect(keyEnding(text)).toBeNull();
  });
});

const SECRET = 'Ab3dEf6hIj9kLmNoPqRsTuVwXyZ012345678';

test.each(['live', 'test'])('a key in %s mode is truncated to the 12 characters that the key list shows', (mode) => {
  expect(withoutKeys(`af_${mode}_${SECRET}`)).toBe(`af_${mode}_Ab3d`);
  expect(withoutKeys(`/api/admin/keys?search=af_${mode}_${SECRET}&limit=8`)).toBe(`/api/admin/keys?search=af_${mode}_Ab3d&limit=8`);
});

test('an operator key is truncated to its kind, and every one of several keys is truncated', () => {
  expect(withoutKeys(`af_admin_${SECRET}`)).toBe('af_admin_');
  expect(withoutKeys(`af_live_${SECRET},af_test_${SECRET}`)).toBe('af_live_Ab3d,af_test_Ab3d');
});

test('a partially copied key is truncated too, while prefixes and other texts stay as they are', () => {
  expect(withoutKeys(`af_live_${SECRET.slice(0, 12)}`)).toBe('af_live_Ab3d');
  for (const text of ['', 'af_live_', 'af_live_Ab3d', 'af_live_Ab3dEf6hIj9', 'key_Ab3dEf6hIj9kLmNoPqRs', 'Ada'])
    expect(withoutKeys(text)).toBe(text);
});
