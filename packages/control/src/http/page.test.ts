import { expect, test } from 'vitest';
import { pageRequest, toPage } from './page.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ position: 1_700_000_000_000_000 + index, id: `id ${index} é` }));

test('pages of no rows, of as many as the limit, and of one more', () => {
  expect(toPage(rows(0), 2, (row) => row)).toEqual({ rows: [], cursor: null, hasMore: false });
  expect(toPage(rows(2), 2, (row) => row)).toEqual({ rows: rows(2), cursor: null, hasMore: false });
  expect(toPage(rows(3), 2, (row) => row)).toMatchObject({ rows: rows(2), hasMore: true, cursor: expect.any(String) });
});

test('a cursor points to the last row of the page', () => {
  const { cursor } = toPage(rows(3), 2, (row) => row);
  expect(pageRequest({ cursor: cursor as string }).after).toEqual(rows(2)[1]);
  expect(cursor).toMatch(/^[\w-]+$/);
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  'x',
  '%',
  encoded(null),
  encoded({}),
  encoded([1]),
  encoded([1, 'a', 2]),
  encoded(['1', 'a']),
  encoded([1.5, 'a']),
  encoded([-1, 'a']),
  encoded([1e300, 'a']),
  encoded([1, null]),
  encoded([1, 'a\0']),
])('%s is not a cursor', (cursor) => {
  expect(() => pageRequest({ cursor })).toThrow('is not a cursor');
});
