import { describe, expect, test } from 'vitest';
import type { Summary } from './queries.ts';
import { callsChart, durationChart, refusalsChart, unitsChart } from './stored-charts.ts';

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

describe('charts of stored usage', () => {
  test('nothing in the range is nothing to draw', () => {
    expect([callsChart, unitsChart, durationChart, refusalsChart].map((chart) => chart(summary()).points)).toEqual([[], [], [], []]);
  });

  test('every bucket has a point, from the first to the one that runs', () => {
    const { points } = unitsChart(summary({ rows: [row(2, 200, 5)] }));
    expect(points).toEqual([
      { at: at(1), values: { units: 0 } },
      { at: at(2), values: { units: 10 } },
      { at: at(3), values: { units: 0 } },
    ]);
  });

  test('a bucket that begins where the range ends is not in it', () => {
    expect(unitsChart(summary({ to: at(3), rows: [row(2, 200, 5)] })).points.map((point) => point.at)).toEqual([at(1), at(2)]);
  });

  test('statuses are added up to their class', () => {
    const { points } = callsChart(summary({ rows: [row(1, 200, 5), row(1, 201, 1), row(1, 404, 2), row(2, 500, 3)] }));
    expect(points.slice(0, 2).map(({ values }) => values)).toEqual([
      { '2xx': 6, '4xx': 2, '5xx': 0 },
      { '2xx': 0, '4xx': 0, '5xx': 3 },
    ]);
  });

  test('the average weighs each status by its calls, and is a gap where there were none', () => {
    const { points } = durationChart(summary({ rows: [row(1, 200, 9, 10), row(1, 500, 1, 110)] }));
    expect(points.map(({ values }) => values.average)).toEqual([20, null, null]);
  });

  test('each code that was refused with is a series with a colour of its own', () => {
    const codes = ['QUOTA_EXCEEDED', 'OVERLOADED', 'SNAPSHOT_STALE'];
    const { series, points } = refusalsChart(summary({ refusalRows: codes.map((code, n) => ({ bucket: at(2), code, count: n + 1 })) }));
    expect(series.map(({ key }) => key)).toEqual(['OVERLOADED', 'QUOTA_EXCEEDED', 'SNAPSHOT_STALE']);
    expect(new Set(series.map(({ color }) => color)).size).toBe(3);
    expect(points[1]?.values).toEqual({ OVERLOADED: 2, QUOTA_EXCEEDED: 1, SNAPSHOT_STALE: 3 });
  });
});
