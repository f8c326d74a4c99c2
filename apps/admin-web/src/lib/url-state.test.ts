import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from './url-state.ts';

test('query parameters round-trip as plain text', () => {
  const texts = { search: 'a&b=c é', status: '429', range: '24h' };
  expect(parseSearch(stringifySearch(texts))).toEqual(texts);
});

test('empty values are omitted, and without values there is no question mark', () => {
  expect(stringifySearch({})).toBe('');
  expect(stringifySearch({ a: '', b: undefined, c: 'x' })).toBe('?c=x');
});

test('a number stays text, and the first value of a duplicate name wins', () => {
  expect(parseSearch('?status=429&status=500')).toEqual({ status: '429' });
});

test('a pasted key is truncated when a URL is written and when it is read', () => {
  const key = `af_live_${'Ab3d'.repeat(9)}`;
  expect(stringifySearch({ search: key })).toBe('?search=af_live_Ab3d');
  expect(parseSearch(`?search=${key}`)).toEqual({ search: 'af_live_Ab3d' });
});
