import { formatMs, formatRate } from '../../lib/format.ts';
import { quantileMs, requestsOf, type Step, type TrafficName } from '../../lib/metrics-history.ts';
import type { ChartData } from '../../ui/time-chart.tsx';
import { classSeries, codeSeries } from './series.ts';

type Values = ChartData['points'][number]['values'];

const perSecond = (value: number): string => (value === 0 ? '0' : `${formatRate(value)}/s`);

/** Requests per second, step by step. */
export const requestsChart = (steps: readonly Step[], which: TrafficName): ChartData => ({
  kind: 'area',
  series: [{ key: 'rate', label: 'Requests per second', color: 'indigo.6' }],
  points: pointsOf(steps, (step) => ({ rate: rate(requestsOf(step.traffic[which].byClass), step) })),
  format: perSecond,
});

/** Answers per second by class of status; no points while there was none. */
export function statusChart(steps: readonly Step[], which: TrafficName): ChartData {
  const classes = new Set(steps.flatMap(({ traffic }) => occurring(traffic[which].byClass)));
  const series = classSeries(classes);
  const points = classes.size === 0 ? [] : pointsOf(steps, (step) => rates(series, step.traffic[which].byClass, step));
  return { kind: 'bars', series, points, format: perSecond };
}

/** How long requests took; a step without requests leaves a gap, and no points at all when there was none in any step. */
export function latencyChart(steps: readonly Step[], which: TrafficName): ChartData {
  const points = pointsOf(steps, ({ traffic }) => {
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

/** The guard’s decisions per second by code; no points while it has decided nothing. */
export function verdictsChart(steps: readonly Step[]): ChartData {
  const series = codeSeries(steps.flatMap(({ verdicts }) => occurring(verdicts)));
  const points = series.length === 0 ? [] : pointsOf(steps, (step) => rates(series, step.verdicts, step));
  return { kind: 'bars', series, points, format: perSecond };
}

/** Those that were counted at least once. */
const occurring = (counts: ReadonlyMap<string, number>): string[] => [...counts].filter(([, count]) => count > 0).map(([name]) => name);

const pointsOf = (steps: readonly Step[], valuesOf: (step: Step) => Values): ChartData['points'] =>
  steps.map((step) => ({ at: new Date(step.at).toISOString(), values: valuesOf(step) }));

const rates = (series: ChartData['series'], counts: ReadonlyMap<string, number>, step: Step): Values =>
  Object.fromEntries(series.map(({ key }) => [key, rate(counts.get(key) ?? 0, step)]));

const rate = (count: number, { seconds }: Step): number => Math.round((count / seconds) * 1_000) / 1_000;

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 100) / 100);
