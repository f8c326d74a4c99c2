import { describe, expect, it } from 'vitest';
import { readCredential } from './credential.ts';

const NONE = { kind: 'none' };
const CONFLICT = { kind: 'conflict' };
const found = (key: string, inBearer: boolean) => ({ kind: 'key', key, inBearer });

describe('readCredential', () => {
  it.each([
    'Bearer k1',
    'bearer k1',
    'BEARER   k1',
    'Bearer k1  ',
    '  Bearer k1',
    'Bearer\tk1',
    'Bearer k1, Bearer k1',
    'Bearer k1,bearer  k1',
  ])('finds the key in Authorization: %s', (authorization) => {
    expect(readCredential({ authorization })).toEqual(found('k1', true));
  });

  it.each(['k1', ' k1 ', 'k1, k1', ['k1'], ['k1', 'k1']])('finds the key in x-api-key: %s', (apiKey) => {
    expect(readCredential({ 'x-api-key': apiKey })).toEqual(found('k1', false));
  });

  it('finds one key that is in both fields', () => {
    expect(readCredential({ authorization: 'Bearer k1', 'x-api-key': 'k1' })).toEqual(found('k1', true));
  });

  it('takes a key with commas, and one that begins like the scheme, as it is', () => {
    expect(readCredential({ authorization: 'Bearer a,b,bearer' })).toEqual(found('a,b,bearer', true));
    expect(readCredential({ authorization: 'Bearer bearer' })).toEqual(found('bearer', true));
    expect(readCredential({ authorization: 'Bearer a b' })).toEqual(found('a b', true));
  });

  it.each([
    ['two fields', { authorization: 'Bearer k1', 'x-api-key': 'k2' }],
    ['one Authorization that was sent twice', { authorization: 'Bearer k1, Bearer k2' }],
    ['one x-api-key that was sent twice', { 'x-api-key': 'k1, k2' }],
    ['a list of x-api-key', { 'x-api-key': ['k1', 'k2'] }],
    ['two fields, one of them repeated', { authorization: 'Bearer k1', 'x-api-key': 'k1, k2' }],
  ])('refuses to choose between two keys in %s', (_, headers) => {
    expect(readCredential(headers)).toEqual(CONFLICT);
  });

  it.each(['Basic dTpw', 'Digest username="a", realm="b"', 'k1', 'Bearers k1', 'Basic a, Digest b', ''])(
    'ignores Authorization of another scheme beside x-api-key: %s',
    (authorization) => {
      expect(readCredential({ authorization, 'x-api-key': 'k1' })).toEqual(found('k1', false));
      expect(readCredential({ authorization })).toEqual(NONE);
    },
  );

  it('ignores another scheme in a repeated Authorization', () => {
    for (const authorization of ['Basic dTpw, Bearer k1', 'Bearer k1, Basic dTpw', 'Bearer k1,Digest username="a", realm="b"'])
      expect(readCredential({ authorization })).toEqual(found('k1', true));
  });

  it.each(['Bearer', 'bearer ', 'Bearer  \t ', 'Bearer, Bearer '])('takes an empty credential for none: %j', (authorization) => {
    expect(readCredential({ authorization })).toEqual(NONE);
    expect(readCredential({ authorization, 'x-api-key': 'k1' })).toEqual(found('k1', false));
    expect(readCredential({ authorization: 'Bearer k1', 'x-api-key': ' , ' })).toEqual(found('k1', true));
  });

  it('is none without a field', () => {
    expect(readCredential({})).toEqual(NONE);
    expect(readCredential({ authorization: undefined, 'x-api-key': undefined })).toEqual(NONE);
  });
});
