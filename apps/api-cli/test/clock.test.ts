import { expect, it } from 'vitest';
import { aProduct, movableClock } from './support/product.ts';

it('readiness reports a clock that is off by more than five minutes, and calls are still served', async () => {
  const clock = movableClock();
  clock.offsetMs = 600_000;
  const product = await aProduct({}, clock);
  try {
    const ready = () => product.request('GET', '/_api/readyz');
    await expect
      .poll(async () => (await ready()).body.checks.clock)
      .toEqual({ ok: false, detail: expect.stringContaining('10 min ahead') });
    expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } });
  } finally {
    await product.stop();
  }
});
