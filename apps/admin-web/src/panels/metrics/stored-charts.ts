import { bucketStarts } from '../../lib/buckets.ts';
import { formatCount, formatMs } from '../../lib/format.ts';
import type { ChartData } from '../../ui/time-chart.tsx';
import type { Summary } from './queries.ts';
import { classSeries, codeSeries } from './series.ts';

type Row = Summary['rows'][number];

/** Calls by class of status. */
export function callsChart(summary: Summary): ChartData {
  const series = classSeries(new Set(summary.rows.map(classOf)));
  return {
    kind: 'bars',
    series,
    points: pointsOf(summary, summary.rows, (rows) =>
      Object.fromEntries(series.map(({ key }) => [key, sum(rows, (row) => (classOf(row) === key ? row.calls : 0))])),
    ),
    format: formatCount,
  };
}

/** Units that were charged. */
export const unitsChart = (summary: Summary): ChartData => ({
  kind: 'bars',
  series: [{ key: 'units', label: 'Units', color: 'indigo.6' }],
  points: pointsOf(summary, summary.rows, (rows) => ({ units: sum(rows, ({ units }) => units) })),
  format: formatCount,
});

/** The average duration of all calls; a bucket without calls leaves a gap. */
export const durationChart = (summary: Summary): ChartData => ({
  kind: 'line',
  series: [{ key: 'average', label: 'Average duration (ms)', color: 'teal.7' }],
  points: pointsOf(summary, summary.rows, (rows) => {
    const calls = sum(rows, (row) => row.calls);
    const ms = sum(rows, (row) => row.avgDurationMs * row.calls) / calls;
    return { average: calls === 0 ? null : Math.round(ms * 100) / 100 };
  }),
  format: formatMs,
});

/** Refused calls by code. */
export function refusalsChart(summary: Summary): ChartData {
  const series = codeSeries(summary.refusalRows.map(({ code }) => code));
  return {
    kind: 'bars',
    series,
    points: pointsOf(summary, summary.refusalRows, (rows) =>
      Object.fromEntries(series.map(({ key }) => [key, sum(rows, ({ code, count }) => (code === key ? count : 0))])),
    ),
    format: formatCount,
  };
}

const classOf = ({ status = 0 }: Row): string => `${Math.floor(status / 100)}xx`;

const sum = <T>(rows: readonly T[], amountOf: (row: T) => number): number => rows.reduce((all, row) => all + amountOf(row), 0);

/** A point for every bucket of the range, also for those in which nothing happened; none at all when nothing happened in the whole range. */
function pointsOf<T extends { bucket: string }>(
  summary: Summary,
  rows: readonly T[],
  valuesOf: (rows: readonly T[]) => ChartData['points'][number]['values'],
): ChartData['points'] {
  if (rows.length === 0) return [];
  const byTime = new Map<number, T[]>();
  for (const row of rows) {
    const at = Date.parse(row.bucket);
    byTime.set(at, [...(byTime.get(at) ?? []), row]);
  }
  return bucketStarts(summary).map((at) => ({ at: new Date(at).toISOString(), values: valuesOf(byTime.get(at) ?? []) }));
}
