import { expect, test } from 'vitest';
import { inTime } from './with-timeout.ts';

test('what comes in time is handed over, and what fails fails', async () => {
  expect(await inTime(60_000, Promise.resolve('here'))).toBe('here');
  await expect(inTime(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('what does not come is given up', async () => {
  await expect(inTime(1, new Promise(() => {}))).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
});
