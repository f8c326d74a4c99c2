import { bucketStarts } from '../../lib/buckets.ts';
import { formatCount, formatMs, formatRate } from '../../lib/format.ts';
import { quantileMs, requestsOf, type Step, type TrafficName } from '../../lib/metrics-history.ts';
import type { ChartData } from '../../ui/time-chart.tsx';
import type { Summary } from './queries.ts';

type Series = ChartData['series'];
type Values = ChartData['points'][number]['values'];

const perSecond = (value: number): string => (value === 0 ? '0' : `${formatRate(value)}/s`);

/** Requests per second in each step. */
export const requestsChart = (steps: readonly Step[], which: TrafficName): ChartData => ({
  kind: 'area',
  series: [{ key: 'rate', label: 'Requests per second', color: 'indigo.6' }],
  points: stepPoints(steps, (step) => ({ rate: rate(requestsOf(step.traffic[which].byClass), step) })),
  format: perSecond,
});

/** Responses per second by status class; empty without requests. */
export function statusChart(steps: readonly Step[], which: TrafficName): ChartData {
  const classes = new Set(steps.flatMap(({ traffic }) => occurring(traffic[which].byClass)));
  const series = classSeries(classes);
  const points = classes.size === 0 ? [] : stepPoints(steps, (step) => rates(series, step.traffic[which].byClass, step));
  return { kind: 'bars', series, points, format: perSecond };
}

/**
 * Latency quantiles; a step without requests is a gap, and the chart is empty without any request.
 */
export function latencyChart(steps: readonly Step[], which: TrafficName): ChartData {
  const points = stepPoints(steps, ({ traffic }) => {
    const { buckets } = traffic[which];
    return { p50: rounded(quantileMs(0.5, buckets)), p90: rounded(quantileMs(0.9, buckets)), p99: rounded(quantileMs(0.99, buckets)) };
  });
  return {
    kind: 'line',
    series: [
      { key: 'p50', label: 'p50 (ms)', color: 'teal.7' },
      { key: 'p90', label: 'p90 (ms)', color: 'indigo.5' },
      { key: 'p99', label: 'p99 (ms)', color: 'orange.8' },
    ],
    points: points.some(({ values }) => values.p50 !== null) ? points : [],
    format: formatMs,
  };
}

/** Guard decisions per second by code; empty without decisions. */
export function verdictsChart(steps: readonly Step[]): ChartData {
  const series = codeSeries(steps.flatMap(({ verdicts }) => occurring(verdicts)));
  const points = series.length === 0 ? [] : stepPoints(steps, (step) => rates(series, step.verdicts, step));
  return { kind: 'bars', series, points, format: perSecond };
}

/** The names with a count above 0. */
const occurring = (counts: ReadonlyMap<string, number>): string[] => [...counts].filter(([, count]) => count > 0).map(([name]) => name);

const stepPoints = (steps: readonly Step[], valuesOf: (step: Step) => Values): ChartData['points'] =>
  steps.map((step) => ({ at: new Date(step.at).toISOString(), values: valuesOf(step) }));

const rates = (series: ChartData['series'], counts: ReadonlyMap<string, number>, step: Step): Values =>
  Object.fromEntries(series.map(({ key }) => [key, rate(counts.get(key) ?? 0, step)]));

const rate = (count: number, { seconds }: Step): number => Math.round((count / seconds) * 1_000) / 1_000;

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 100) / 100);

/** Calls by status class. */
export function callsChart(summary: Summary): ChartData {
  const series = classSeries(new Set(summary.rows.map(classOf)));
  return {
    kind: 'bars',
    series,
    points: bucketPoints(summary, summary.rows, (rows) =>
      Object.fromEntries(series.map(({ key }) => [key, sum(rows, (row) => (classOf(row) === key ? row.calls : 0))])),
    ),
    format: formatCount,
  };
}

/** Charged units. */
export const unitsChart = (summary: Summary): ChartData => ({
  kind: 'bars',
  series: [{ key: 'units', label: 'Units', color: 'indigo.6' }],
  points: bucketPoints(summary, summary.rows, (rows) => ({ units: sum(rows, ({ units }) => units) })),
  format: formatCount,
});

/** Average duration of all calls; a bucket without calls is a gap. */
export const durationChart = (summary: Summary): ChartData => ({
  kind: 'line',
  series: [{ key: 'average', label: 'Average duration (ms)', color: 'teal.7' }],
  points: bucketPoints(summary, summary.rows, (rows) => {
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
    points: bucketPoints(summary, summary.refusalRows, (rows) =>
      Object.fromEntries(series.map(({ key }) => [key, sum(rows, ({ code, count }) => (code === key ? count : 0))])),
    ),
    format: formatCount,
  };
}

const classOf = ({ status = 0 }: Summary['rows'][number]): string => `${Math.floor(status / 100)}xx`;

const sum = <T>(rows: readonly T[], amountOf: (row: T) => number): number => rows.reduce((all, row) => all + amountOf(row), 0);

/** A point for every bucket of the range, including empty ones; none when all are empty. */
function bucketPoints<T extends { bucket: string }>(
  summary: Summary,
  rows: readonly T[],
  valuesOf: (rows: readonly T[]) => Values,
): ChartData['points'] {
  if (rows.length === 0) return [];
  const byTime = new Map<number, T[]>();
  for (const row of rows) {
    const at = Date.parse(row.bucket);
    byTime.set(at, [...(byTime.get(at) ?? []), row]);
  }
  return bucketStarts(summary).map((at) => ({ at: new Date(at).toISOString(), values: valuesOf(byTime.get(at) ?? []) }));
}

/** In the same colours as HTTP status badges. */
const STATUS_CLASSES = [
  { key: '1xx', label: '1xx', color: 'gray.5' },
  { key: '2xx', label: '2xx', color: 'teal.7' },
  { key: '3xx', label: '3xx', color: 'blue.5' },
  { key: '4xx', label: '4xx', color: 'yellow.7' },
  { key: '5xx', label: '5xx', color: 'red.8' },
] as const;

/** Always drawn, so that the absence of errors is visible. */
const ALWAYS = new Set<string>(['2xx', '4xx', '5xx']);

/** A series for each status class that occurs or is always drawn. */
const classSeries = (occurring: ReadonlySet<string>): Series => STATUS_CLASSES.filter(({ key }) => ALWAYS.has(key) || occurring.has(key));

/** Fixed colours of frequent codes. */
const CODE_COLORS: Record<string, string> = {
  ALLOW: 'teal.7',
  RATE_LIMITED: 'orange.5',
  QUOTA_EXCEEDED: 'orange.8',
  INVALID_KEY: 'yellow.7',
  UNAUTHORIZED: 'yellow.4',
  KEY_SUSPENDED: 'grape.6',
  KEY_EXPIRED: 'gray.6',
  KEY_REVOKED: 'gray.8',
};
const OTHER_COLORS = ['indigo.5', 'pink.6', 'cyan.7', 'violet.4', 'red.8', 'lime.8'];

/** A series for each code: ALLOW first, then by name, so the order doesn’t depend on counts. */
function codeSeries(occurring: Iterable<string>): Series {
  const codes = [...new Set(occurring)].sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const others = codes.filter((code) => !Object.hasOwn(CODE_COLORS, code));
  const colorOf = (code: string) =>
    Object.hasOwn(CODE_COLORS, code) ? CODE_COLORS[code] : OTHER_COLORS[others.indexOf(code) % OTHER_COLORS.length];
  return codes.map((code) => ({ key: code, label: code, color: colorOf(code) ?? 'gray.6' }));
}

const rank = (code: string): number => (code === 'ALLOW' ? 0 : 1);
