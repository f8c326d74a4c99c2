import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readKey } from './credential.ts';
import { aKeyText } from './testing/key.ts';

const key = aKeyText();
const found = { kind: 'key', hash: createHash('sha256').update(key).digest('hex') };

describe('the API key of a request', () => {
  it('is identified by its hash, in either header', () => {
    expect(readKey({ authorization: `Bearer ${key}` })).toEqual(found);
    expect(readKey({ authorization: `bearer  ${key} ` })).toEqual(found);
    expect(readKey({ 'x-api-key': key })).toEqual(found);
    expect(readKey({ authorization: 'Basic dTpw', 'x-api-key': key })).toEqual(found);
  });

  it('conflicts with a second, different key', () => {
    expect(readKey({ authorization: `Bearer ${key}`, 'x-api-key': aKeyText() })).toEqual({ kind: 'conflict' });
  });

  it('is absent when neither header contains one', () => {
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic dTpw', key]) {
      expect(readKey({ authorization })).toEqual({ kind: 'none' });
    }
  });

  it('is malformed unless it is exactly one complete key', () => {
    for (const wrong of [`${key}x`, key.slice(0, -1), `${key}, ${key}`, `${key} ${key}`, 'x']) {
      expect(readKey({ authorization: `Bearer ${wrong}` })).toEqual({ kind: 'malformed' });
    }
  });
});
