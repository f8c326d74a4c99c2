import { describe, expect, test } from 'vitest';
import type { Step } from '../../lib/metrics-history.ts';
import { callsChart, durationChart, latencyChart, refusalsChart, requestsChart, statusChart, unitsChart, verdictsChart } from './charts.ts';
import type { Summary } from './queries.ts';

const NO_TRAFFIC = { byClass: new Map<string, number>(), buckets: [] };

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
    all: NO_TRAFFIC,
  },
  verdicts: new Map(verdicts),
});

describe('live charts', () => {
  test('are empty before the second scrape', () => {
    expect(
      [requestsChart([], 'all'), statusChart([], 'all'), latencyChart([], 'all'), verdictsChart([])].map(({ points }) => points.length),
    ).toEqual([0, 0, 0, 0]);
  });

  test('show rates per second regardless of a step’s length', () => {
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

  test('show 0 when there are no errors, and 1xx and 3xx only when they occur', () => {
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

  test('show latency in milliseconds, with a gap in a step without requests', () => {
    const { points } = latencyChart([step(1, [['2xx', 4]]), step(2)], 'published');
    expect(points.map(({ values }) => values)).toEqual([
      { p50: 5, p90: 9, p99: 9.9 },
      { p50: null, p90: null, p99: null },
    ]);
  });

  test('are empty for status and latency when there were no requests', () => {
    expect(statusChart([step(1), step(2, [['2xx', 0]])], 'published').points).toEqual([]);
    expect(latencyChart([step(1), step(2)], 'published').points).toEqual([]);
  });

  test('have a series for each verdict that occurred, ALLOW first', () => {
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

const row = (hour: number, status: number, calls: number, avgDurationMs = 1) => ({
  bucket: at(hour),
  status,
  calls,
  units: calls * 2,
  requestBytes: 0,
  responseBytes: 0,
  avgDurationMs,
});

const at = (hour: number): string => new Date(Date.UTC(2026, 10, 25, hour)).toISOString();

const summary = (changes: Partial<Summary> = {}): Summary => ({
  from: at(1),
  to: '2026-11-25T03:10:00.000Z',
  bucket: 'hour',
  groupBy: 'status',
  rows: [],
  refusals: [],
  refusalRows: [],
  ...changes,
});

describe('stored charts', () => {
  test('are empty when the range has no usage', () => {
    expect([callsChart, unitsChart, durationChart, refusalsChart].map((chart) => chart(summary()).points)).toEqual([[], [], [], []]);
  });

  test('have a point for every bucket, including the current one', () => {
    const { points } = unitsChart(summary({ rows: [row(2, 200, 5)] }));
    expect(points).toEqual([
      { at: at(1), values: { units: 0 } },
      { at: at(2), values: { units: 10 } },
      { at: at(3), values: { units: 0 } },
    ]);
  });

  test('exclude a bucket that starts at the end of the range', () => {
    expect(unitsChart(summary({ to: at(3), rows: [row(2, 200, 5)] })).points.map((point) => point.at)).toEqual([at(1), at(2)]);
  });

  test('sum statuses by class', () => {
    const { points } = callsChart(summary({ rows: [row(1, 200, 5), row(1, 201, 1), row(1, 404, 2), row(2, 500, 3)] }));
    expect(points.slice(0, 2).map(({ values }) => values)).toEqual([
      { '2xx': 6, '4xx': 2, '5xx': 0 },
      { '2xx': 0, '4xx': 0, '5xx': 3 },
    ]);
  });

  test('weight the average duration by calls, with a gap in a bucket without calls', () => {
    const { points } = durationChart(summary({ rows: [row(1, 200, 9, 10), row(1, 500, 1, 110)] }));
    expect(points.map(({ values }) => values.average)).toEqual([20, null, null]);
  });

  test('have a series with its own colour for each refusal code', () => {
    const codes = ['QUOTA_EXCEEDED', 'OVERLOADED', 'SNAPSHOT_STALE'];
    const { series, points } = refusalsChart(summary({ refusalRows: codes.map((code, n) => ({ bucket: at(2), code, count: n + 1 })) }));
    expect(series.map(({ key }) => key)).toEqual(['OVERLOADED', 'QUOTA_EXCEEDED', 'SNAPSHOT_STALE']);
    expect(new Set(series.map(({ color }) => color)).size).toBe(3);
    expect(points[1]?.values).toEqual({ OVERLOADED: 2, QUOTA_EXCEEDED: 1, SNAPSHOT_STALE: 3 });
  });
});
