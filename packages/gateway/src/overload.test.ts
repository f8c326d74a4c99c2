import { expect, it } from 'vitest';
import { Overload } from './overload.ts';

it('two late turns of the event loop in a row are an overload, one is not, and one on time ends it', () => {
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

it('the delay of a blocked loop is measured, and its end too', async () => {
  const overload = new Overload(50);
  const end = overload.follow(performance);
  const holdUp = setInterval(() => {
    const until = performance.now() + 300;
    while (performance.now() < until);
  }, 1);
  await expect.poll(() => overload.refusing, { timeout: 30_000 }).toBe(true);
  clearInterval(holdUp);
  await expect.poll(() => overload.refusing, { timeout: 30_000 }).toBe(false);
  end();
});
