import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from './url-state.ts';

test('plain texts go into the address and come back', () => {
  const texts = { search: 'a&b=c é', status: '429', range: '24h' };
  expect(parseSearch(stringifySearch(texts))).toEqual(texts);
});

test('nothing makes no question mark, and what is empty is left out', () => {
  expect(stringifySearch({})).toBe('');
  expect(stringifySearch({ a: '', b: undefined, c: 'x' })).toBe('?c=x');
});

test('a number in the address stays text; of two equal names the first counts', () => {
  expect(parseSearch('?status=429&status=500')).toEqual({ status: '429' });
});

test('a pasted key does not get into the address, nor out of one', () => {
  const key = `af_live_${'Ab3d'.repeat(9)}`;
  expect(stringifySearch({ search: key })).toBe('?search=af_live_Ab3d');
  expect(parseSearch(`?search=${key}`)).toEqual({ search: 'af_live_Ab3d' });
});
