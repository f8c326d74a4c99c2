import { expect, test } from 'vitest';
import { statusRange } from './range.ts';

test.each([
  ['429', 429, 429],
  ['100', 100, 100],
  ['1xx', 100, 199],
  ['4xx', 400, 499],
  ['5xx', 500, 599],
])('%s means the statuses %i to %i', (text, lowest, highest) => {
  expect(statusRange(text)).toEqual({ lowest, highest });
});
