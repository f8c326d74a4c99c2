import { expect, it } from 'vitest';
import { aProduct } from './support/product.ts';

it('below the disk reserve a call gets 503 and costs nothing, and readiness and metrics show why', async () => {
  const t = await aProduct({ SPOOL_RESERVE_MB: '10000000' });
  try {
    const { key, entitlementId } = await t.issue({ quota: 10, rate: null });
    const answer = await t.call(key, 'echo', {});
    expect([answer.status, answer.body.code]).toEqual([503, 'METERING_UNAVAILABLE']);
    const ready = await t.request('GET', '/_api/readyz');
    expect(ready.status).toBe(503);
    expect(ready.body.checks.spool.detail).toMatch(/^can’t be written: the disk has \d+ MB free, below the reserve of 10000000 MB/);
    expect((await t.request('GET', '/_api/metrics')).body).toMatch(/^api_factory_spool_fault 1$/m);
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 0, units: 0, calls: 0, events: 0 });
  } finally {
    await t.stop();
  }
});
