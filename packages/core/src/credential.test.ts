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

  it('finds a key that is sent in both fields', () => {
    expect(readCredential({ authorization: 'Bearer k1', 'x-api-key': 'k1' })).toEqual(found('k1', true));
  });

  it('leaves a key unchanged that contains commas or starts like the scheme', () => {
    expect(readCredential({ authorization: 'Bearer a,b,bearer' })).toEqual(found('a,b,bearer', true));
    expect(readCredential({ authorization: 'Bearer bearer' })).toEqual(found('bearer', true));
    expect(readCredential({ authorization: 'Bearer a b' })).toEqual(found('a b', true));
  });

  it.each([
    ['two fields', { authorization: 'Bearer k1', 'x-api-key': 'k2' }],
    ['a repeated Authorization', { authorization: 'Bearer k1, Bearer k2' }],
    ['a repeated x-api-key', { 'x-api-key': 'k1, k2' }],
    ['an array of x-api-key', { 'x-api-key': ['k1', 'k2'] }],
    ['two fields, one of them repeated', { authorization: 'Bearer k1', 'x-api-key': 'k1, k2' }],
  ])('reports a conflict between two keys in %s', (_, headers) => {
    expect(readCredential(headers)).toEqual(CONFLICT);
  });

  it.each(['Basic dTpw', 'Digest username="a", realm="b"', 'k1', 'Bearers k1', 'Basic a, Digest b', ''])(
    'ignores another scheme of Authorization, with and without x-api-key: %s',
    (authorization) => {
      expect(readCredential({ authorization, 'x-api-key': 'k1' })).toEqual(found('k1', false));
      expect(readCredential({ authorization })).toEqual(NONE);
    },
  );

  it('ignores another scheme in a repeated Authorization', () => {
    for (const authorization of ['Basic dTpw, Bearer k1', 'Bearer k1, Basic dTpw', 'Bearer k1,Digest username="a", realm="b"'])
      expect(readCredential({ authorization })).toEqual(found('k1', true));
  });

  it.each(['Bearer', 'bearer ', 'Bearer  \t ', 'Bearer, Bearer '])('treats an empty credential as none: %j', (authorization) => {
    expect(readCredential({ authorization })).toEqual(NONE);
    expect(readCredential({ authorization, 'x-api-key': 'k1' })).toEqual(found('k1', false));
    expect(readCredential({ authorization: 'Bearer k1', 'x-api-key': ' , ' })).toEqual(found('k1', true));
  });

  it('returns none when neither field is sent', () => {
    expect(readCredential({})).toEqual(NONE);
    expect(readCredential({ authorization: undefined, 'x-api-key': undefined })).toEqual(NONE);
  });
});
