import { expect, test } from 'vitest';
import { nextPollMs, polling } from './polling.ts';

test('polling that is turned off stays off after failures', () => {
  expect(nextPollMs(false, 3)).toBe(false);
});

test.each([
  [0, 5_000],
  [1, 10_000],
  [2, 20_000],
  [3, 40_000],
  [4, 60_000],
  [50, 60_000],
])('after %i consecutive failures the next poll is in %i ms', (failures, ms) => {
  expect(nextPollMs(5_000, failures)).toBe(ms);
});

test('an interval above a minute is never shortened', () => {
  expect(nextPollMs(300_000, 5)).toBe(300_000);
});

test('each failed refresh doubles the interval once, and a success resets it', () => {
  const query = { state: { dataUpdatedAt: 0, errorUpdatedAt: 0 } };
  const interval = () => polling(1_000).refetchInterval(query as never);
  expect(interval()).toBe(1_000);
  query.state.errorUpdatedAt = 10;
  expect([interval(), interval()]).toEqual([2_000, 2_000]);
  query.state.errorUpdatedAt = 20;
  expect(interval()).toBe(4_000);
  query.state.dataUpdatedAt = 30;
  expect(interval()).toBe(1_000);
  query.state.errorUpdatedAt = 40;
  expect(interval()).toBe(2_000);
});

test('a hidden tab does not poll', () => {
  expect(polling(1_000).refetchIntervalInBackground).toBe(false);
});
