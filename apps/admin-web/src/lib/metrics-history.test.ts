import { describe, expect, test } from 'vitest';
import { type MetricsHistory, quantileMs, recentOf, verdictsSinceStart, withScrape } from './metrics-history.ts';
import { parseMetrics } from './prometheus.ts';

interface Counts {
  calls?: number;
  failed?: number;
  scrapes?: number;
  allowed?: number;
  started?: number;
}

const series = (route: string, status: number, count: number) =>
  [
    `http_server_request_duration_seconds_bucket{le="0.01",route="${route}",status="${status}"} ${count}`,
    `http_server_request_duration_seconds_bucket{le="+Inf",route="${route}",status="${status}"} ${count}`,
    `http_server_request_duration_seconds_count{route="${route}",status="${status}"} ${count}`,
  ].join('\n');

const page = ({ calls = 0, failed = 0, scrapes = 0, allowed = 0, started = 1 }: Counts) =>
  parseMetrics(
    [
      `process_start_time_seconds ${started}`,
      series('/api/v1/actions', 200, calls),
      series('/api/v1/actions', 503, failed),
      series('/_api/metrics', 200, scrapes),
      `api_factory_guard_verdicts_total{code="ALLOW"} ${allowed}`,
      'api_factory_spool_bytes 12',
    ].join('\n'),
  );

const history = (...scrapes: [seconds: number, counts: Counts][]): MetricsHistory => {
  let result: MetricsHistory | undefined;
  for (const [seconds, counts] of scrapes) result = withScrape(result, page(counts), seconds * 1_000);
  return result as MetricsHistory;
};

describe('the metrics history', () => {
  test('has no rate after the first scrape', () => {
    const { steps, last } = history([10, { calls: 500 }]);
    expect(steps).toEqual([]);
    expect(last.gauges.get('api_factory_spool_bytes')).toBe(12);
    expect(recentOf(steps, 'all', 60)).toEqual({ requests: 0, perSecond: null, clientErrorShare: null, failedShare: null, buckets: [] });
  });

  test('counts requests to published APIs separately from all requests', () => {
    const { steps } = history([10, { calls: 500, scrapes: 1 }], [15, { calls: 530, failed: 10, scrapes: 2 }]);
    const { requests, perSecond, failedShare } = recentOf(steps, 'published', 60);
    expect({ requests, perSecond, failedShare }).toEqual({ requests: 40, perSecond: 8, failedShare: 0.25 });
    expect(recentOf(steps, 'all', 60).requests).toBe(41);
  });

  test('counts everything since a restart, even when the new counters are already higher', () => {
    const { steps } = history([10, { calls: 5, allowed: 5, started: 1 }], [20, { calls: 8, allowed: 8, started: 15 }]);
    expect(recentOf(steps, 'published', 60).requests).toBe(8);
    expect(steps[0]?.verdicts.get('ALLOW')).toBe(8);
  });

  test('merges scrapes that are too close together into one step', () => {
    const { steps } = history([10, { calls: 1 }], [10.4, { calls: 2 }], [11, { calls: 3 }]);
    expect(steps.map(({ at, seconds, traffic }) => [at, seconds, traffic.published.byClass.get('2xx')])).toEqual([[11_000, 1, 2]]);
  });

  test('keeps its steps and continues from the new time when the clock is set back', () => {
    const { steps } = history([100, { calls: 1 }], [105, { calls: 6 }], [50, { calls: 9 }], [55, { calls: 10 }]);
    expect(steps.map(({ traffic }) => traffic.published.byClass.get('2xx'))).toEqual([5, 1]);
  });

  test('keeps the newest 180 steps', () => {
    const { steps } = history(...Array.from({ length: 182 }, (_, n): [number, Counts] => [n, { calls: n }]));
    expect([steps.length, steps[0]?.at, steps.at(-1)?.at]).toEqual([180, 2_000, 181_000]);
  });

  test('excludes from the last minute a step that ended exactly a minute before the newest', () => {
    const { steps } = history([0, {}], [10, { calls: 100 }], [69, { calls: 159 }], [70, { calls: 160 }]);
    expect(recentOf(steps, 'published', 60)).toMatchObject({ requests: 60, perSecond: 1 });
  });

  test('computes latency from the increase of the buckets only', () => {
    const { steps } = history([0, { calls: 1_000 }], [5, { calls: 1_002 }]);
    expect(quantileMs(0.5, recentOf(steps, 'published', 60).buckets)).toBe(5);
    expect(quantileMs(0.5, [])).toBeNull();
  });

  test('has the verdicts since the process started after one scrape', () => {
    expect([...verdictsSinceStart(history([0, { allowed: 7 }]))]).toEqual([['ALLOW', 7]]);
  });
});
