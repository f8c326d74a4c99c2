import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onceAtATime } from './once.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a second click does nothing while the task runs and while its form closes', async () => {
  const busy = { current: false };
  const task = vi.fn(async () => undefined);
  const click = () => onceAtATime(busy, task, 1_000);
  click();
  click();
  await vi.advanceTimersByTimeAsync(999);
  click();
  expect(task).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  click();
  expect(task).toHaveBeenCalledTimes(2);
});

test('a task that failed, or that closes no form, can run again immediately', async () => {
  const busy = { current: false };
  onceAtATime(busy, () => Promise.reject(new Error('refused')), 1_000);
  await vi.advanceTimersByTimeAsync(0);
  expect(busy.current).toBe(false);
  onceAtATime(busy, () => Promise.resolve(), 0);
  expect(busy.current).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(busy.current).toBe(false);
});
