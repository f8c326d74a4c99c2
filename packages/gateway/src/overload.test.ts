import { expect, it } from 'vitest';
import { Overload } from './overload.ts';

it('an overload starts after two late turns of the event loop in a row, and ends after one on time', () => {
  const overload = new Overload(1_000);
  const readings: [number, boolean][] = [
    [0, false],
    [5_000, false],
    [0, false],
    [1_001, false],
    [1_001, true],
    [30_000, true],
    [1_000, false],
    [1_001, false],
  ];
  for (const [delayMs, refusing] of readings) {
    overload.read(delayMs);
    expect([delayMs, overload.refusing]).toEqual([delayMs, refusing]);
  }
});

it('an overload is detected while the event loop is blocked, and ends afterwards', async () => {
  const overload = new Overload(50);
  const stop = overload.follow(performance);
  const blocker = setInterval(() => {
    const until = performance.now() + 300;
    while (performance.now() < until);
  }, 1);
  await expect.poll(() => overload.refusing, { timeout: 30_000 }).toBe(true);
  clearInterval(blocker);
  await expect.poll(() => overload.refusing, { timeout: 30_000 }).toBe(false);
  stop();
});
