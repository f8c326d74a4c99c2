import { describe, expect, test } from 'vitest';
import type { Step } from '../../lib/metrics-history.ts';
import { latencyChart, requestsChart, statusChart, verdictsChart } from './live-charts.ts';

const NOTHING = { byClass: new Map<string, number>(), buckets: [] };

const step = (at: number, byClass: [string, number][] = [], verdicts: [string, number][] = []): Step => ({
  at,
  seconds: 4,
  traffic: {
    published: {
      byClass: new Map(byClass),
      buckets:
        byClass.length === 0
          ? []
          : [
              { bound: 0.01, count: 4 },
              { bound: Infinity, count: 4 },
            ],
    },
    all: NOTHING,
  },
  verdicts: new Map(verdicts),
});

describe('live charts', () => {
  test('before the second scrape there is nothing to draw', () => {
    expect(
      [requestsChart([], 'all'), statusChart([], 'all'), latencyChart([], 'all'), verdictsChart([])].map(({ points }) => points.length),
    ).toEqual([0, 0, 0, 0]);
  });

  test('rates are per second, whatever the step’s length', () => {
    const { points } = requestsChart(
      [
        step(1_000, [
          ['2xx', 6],
          ['5xx', 2],
        ]),
      ],
      'published',
    );
    expect(points).toEqual([{ at: '1970-01-01T00:00:01.000Z', values: { rate: 2 } }]);
  });

  test('no errors are drawn as zero; a class that is rare appears when it occurs', () => {
    const { series, points } = statusChart(
      [
        step(1, [
          ['2xx', 4],
          ['3xx', 0],
        ]),
      ],
      'published',
    );
    expect(series.map(({ key }) => key)).toEqual(['2xx', '4xx', '5xx']);
    expect(points[0]?.values).toEqual({ '2xx': 1, '4xx': 0, '5xx': 0 });
    expect(statusChart([step(1, [['3xx', 1]])], 'published').series.map(({ key }) => key)).toContain('3xx');
  });

  test('latency is in milliseconds, and a gap where nothing was asked', () => {
    const { points } = latencyChart([step(1, [['2xx', 4]]), step(2)], 'published');
    expect(points.map(({ values }) => values)).toEqual([
      { p50: 5, p90: 9, p99: 9.9 },
      { p50: null, p90: null, p99: null },
    ]);
  });

  test('answers and latency of no requests at all are nothing to draw', () => {
    expect(statusChart([step(1), step(2, [['2xx', 0]])], 'published').points).toEqual([]);
    expect(latencyChart([step(1), step(2)], 'published').points).toEqual([]);
  });

  test('verdicts that were never given are no series, and ALLOW comes first', () => {
    const { series, points } = verdictsChart([
      step(
        1,
        [],
        [
          ['QUOTA_EXCEEDED', 4],
          ['KEY_EXPIRED', 0],
        ],
      ),
      step(2, [], [['ALLOW', 8]]),
    ]);
    expect(series.map(({ key }) => key)).toEqual(['ALLOW', 'QUOTA_EXCEEDED']);
    expect(points.map(({ values }) => values)).toEqual([
      { ALLOW: 0, QUOTA_EXCEEDED: 1 },
      { ALLOW: 2, QUOTA_EXCEEDED: 0 },
    ]);
  });
});
