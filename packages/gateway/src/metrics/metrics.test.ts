import { expect, it } from 'vitest';
import { GatewayMetrics } from './metrics.ts';

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';
const createMetrics = () => new GatewayMetrics({ version: '0.0.0', node: '' });

it.each(['', OPEN_METRICS])('every code and policy is 0 before its first occurrence, for Accept %j', async (accept) => {
  const { text } = await createMetrics().page(accept);
  for (const code of [
    'ALLOW',
    'INVALID_KEY',
    'KEY_EXPIRED',
    'KEY_SUSPENDED',
    'PLAN_REQUIRED',
    'RATE_LIMITED',
    'QUOTA_EXCEEDED',
    'QUOTA_UNAVAILABLE',
  ])
    expect(text).toContain(`api_factory_guard_verdicts_total{code="${code}"} 0\n`);
  for (const policy of ['rate', 'quota', 'credentials', 'address'])
    expect(text).toContain(`api_factory_rate_limited_total{policy="${policy}"} 0\n`);
  for (const code of ['SNAPSHOT_STALE', 'QUOTA_UNAVAILABLE', 'METERING_UNAVAILABLE'])
    expect(text).toContain(`api_factory_unavailable_total{code="${code}"} 0\n`);
});

it('events are counted on both pages', async () => {
  const metrics = createMetrics();
  metrics.verdict('ALLOW');
  metrics.limited('rate');
  metrics.unavailable('QUOTA_UNAVAILABLE');
  metrics.unavailable('QUOTA_UNAVAILABLE');
  for (const accept of ['', OPEN_METRICS]) {
    const { text } = await metrics.page(accept);
    expect(text).toContain('api_factory_guard_verdicts_total{code="ALLOW"} 1\n');
    expect(text).toContain('api_factory_rate_limited_total{policy="rate"} 1\n');
    expect(text).toContain('api_factory_unavailable_total{code="QUOTA_UNAVAILABLE"} 2\n');
  }
});

it('no gauge has the name of a counter', async () => {
  const { text } = await createMetrics().page('');
  const gauges = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  expect(gauges.length).toBeGreaterThan(10);
  expect(gauges.filter((name) => name?.endsWith('_total'))).toEqual([]);
});
