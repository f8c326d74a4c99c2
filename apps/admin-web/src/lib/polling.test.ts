import { expect, test } from 'vitest';
import { nextPollMs, polling } from './polling.ts';

test('what is off stays off, whatever failed', () => {
  expect(nextPollMs(false, 3)).toBe(false);
});

test.each([
  [0, 5_000],
  [1, 10_000],
  [2, 20_000],
  [3, 40_000],
  [4, 60_000],
  [50, 60_000],
])('after %i failures in a row it waits %i ms', (failures, ms) => {
  expect(nextPollMs(5_000, failures)).toBe(ms);
});

test('an interval above a minute is kept', () => {
  expect(nextPollMs(300_000, 5)).toBe(300_000);
});

test('each failed refresh counts once, and an answer ends the row', () => {
  const query = { state: { dataUpdatedAt: 0, errorUpdatedAt: 0 } };
  const ask = () => polling(1_000).refetchInterval(query as never);
  expect(ask()).toBe(1_000);
  query.state.errorUpdatedAt = 10;
  expect([ask(), ask()]).toEqual([2_000, 2_000]);
  query.state.errorUpdatedAt = 20;
  expect(ask()).toBe(4_000);
  query.state.dataUpdatedAt = 30;
  expect(ask()).toBe(1_000);
  query.state.errorUpdatedAt = 40;
  expect(ask()).toBe(2_000);
});

test('nothing is asked in a hidden tab', () => {
  expect(polling(1_000).refetchIntervalInBackground).toBe(false);
});
