import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns of numbers are right-aligned, text and empty columns left-aligned', () => {
  const rows = [
    { name: 'a', count: 5, note: null },
    { name: 'longer', count: 1000, note: null },
    { name: 'c', count: null, note: null },
  ];
  expect(table(rows, { NAME: (row) => row.name, COUNT: (row) => row.count, NOTE: (row) => row.note })).toBe(
    ['NAME    COUNT  NOTE', 'a           5  -', 'longer   1000  -', 'c           -  -', ''].join('\n'),
  );
});
