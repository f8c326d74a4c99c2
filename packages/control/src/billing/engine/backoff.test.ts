import { expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../store/events.ts';
import { backoffMs, randomUnit } from './backoff.ts';

test('the delay doubles from a second to an hour', () => {
  expect([1, 2, 3, 10, MAX_ATTEMPTS + 1, 12, 13, 1_000].map((failures) => backoffMs(failures, 0))).toEqual([
    1_000, 2_000, 4_000, 512_000, 1_024_000, 2_048_000, 3_600_000, 3_600_000,
  ]);
});

test('the jitter subtracts at most half of the delay', () => {
  expect(backoffMs(1, 255 / 256)).toBe(502);
  expect(backoffMs(1, 0.5)).toBe(750);
});

test('a random byte becomes a number from 0 to less than 1', () => {
  expect(randomUnit(() => new Uint8Array([0]))).toBe(0);
  expect(randomUnit(() => new Uint8Array([255]))).toBeLessThan(1);
});
