import { expect, test } from 'vitest';
import { withTimeout } from './with-timeout.ts';

test('work that ends in time returns its result or its error', async () => {
  expect(await withTimeout(60_000, Promise.resolve('here'))).toBe('here');
  await expect(withTimeout(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('work that takes too long is rejected as STRIPE_UNAVAILABLE', async () => {
  await expect(withTimeout(1, new Promise(() => {}))).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
});
