import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCredential } from './credential.ts';
import { aKeyText } from './testing/key.ts';

const key = aKeyText();
const found = { kind: 'key', hash: createHash('sha256').update(key).digest('hex') };

describe('the credential of a request', () => {
  it('is the bearer token or x-api-key, whatever the case of the scheme', () => {
    expect(readCredential({ authorization: `Bearer ${key}` })).toEqual(found);
    expect(readCredential({ authorization: `bearer  ${key} ` })).toEqual(found);
    expect(readCredential({ 'x-api-key': key })).toEqual(found);
  });

  it('may stand in both fields when it is the same', () => {
    expect(readCredential({ authorization: `Bearer ${key}`, 'x-api-key': key })).toEqual(found);
    expect(readCredential({ authorization: `Bearer ${key}`, 'x-api-key': aKeyText() })).toEqual({ kind: 'conflict' });
    expect(readCredential({ authorization: `Bearer ${key}`, 'x-api-key': '' })).toEqual({ kind: 'conflict' });
    expect(readCredential({ authorization: 'Basic dTpw', 'x-api-key': key })).toEqual({ kind: 'conflict' });
  });

  it('is absent without a field, and malformed for anything that is no whole key', () => {
    expect(readCredential({})).toEqual({ kind: 'none' });
    for (const wrong of ['', 'Bearer', 'Bearer ', 'Basic dTpw', `Bearer ${key}x`, `Bearer ${key.slice(0, -1)}`, `Bearer ${key}, ${key}`]) {
      expect(readCredential({ authorization: wrong })).toEqual({ kind: 'malformed' });
    }
  });
});
