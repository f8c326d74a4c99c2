import '@mantine/charts/styles.css';
import { AreaChart, BarChart, LineChart } from '@mantine/charts';

export interface ChartData {
  kind: 'line' | 'area' | 'bars';
  /** `color`: a Mantine colour with a shade, such as `teal.6`. */
  series: { key: string; label: string; color: string }[];
  /** Oldest first. `at` is RFC 3339 in UTC. */
  points: { at: string; values: Record<string, number | null> }[];
  format?: (value: number) => string;
}

interface TimeChartProps {
  title: string;
  data: ChartData;
  height: number;
}

/**
 * A chart of series over time. To a screen reader it is one image: the table view has the numbers.
 */
export function TimeChart({ title, data: { kind, series, points, format }, height }: TimeChartProps) {
  const label = labelOf(points);
  const shared = {
    h: height,
    data: points.map(({ at, values }) => ({ at: label(new Date(at)), ...values })),
    dataKey: 'at',
    series: series.map(({ key, label: name, color }) => ({ name: key, label: name, color })),
    withLegend: series.length > 1,
    tickLine: 'none',
    gridAxis: 'x',
    // Fractional ticks of whole numbers would round to duplicate labels.
    yAxisProps: {
      allowDecimals: points.some(({ values }) => Object.values(values).some((value) => value !== null && !Number.isInteger(value))),
    },
    ...(format ? { valueFormatter: format } : {}),
  } as const;
  return (
    <div role="img" aria-label={`Chart: ${title}`}>
      {kind === 'line' && (
        <LineChart
          {...shared}
          curveType="linear"
          withDots={hasLonePoint(points, series)}
          dotProps={DOT}
          connectNulls={false}
          lineChartProps={STILL}
        />
      )}
      {kind === 'area' && <AreaChart {...shared} curveType="linear" type="stacked" withDots={points.length < 3} areaChartProps={STILL} />}
      {kind === 'bars' && <BarChart {...shared} type="stacked" barChartProps={STILL} />}
    </div>
  );
}

const DOT = { r: 2 };

/** A value between two gaps draws no line and needs a dot to be visible. */
const hasLonePoint = (points: ChartData['points'], series: ChartData['series']): boolean =>
  series.some(({ key }) =>
    points.some(({ values }, n) => values[key] != null && points[n - 1]?.values[key] == null && points[n + 1]?.values[key] == null),
  );

/** Not focusable: the table view has the same data. */
const STILL = { accessibilityLayer: false };

/** Formats axis labels as days, minutes or seconds, whichever distinguishes the points. */
function labelOf(points: { at: string }[]): (at: Date) => string {
  const [first, second] = points;
  const stepMs = first && second ? Date.parse(second.at) - Date.parse(first.at) : 60_000;
  const daily = stepMs >= 86_400_000;
  const spanMs = points.length > 1 ? Date.parse(points.at(-1)?.at ?? '') - Date.parse(first?.at ?? '') : 0;
  const format = new Intl.DateTimeFormat('en', {
    ...(daily || spanMs > 86_400_000 ? { month: 'short', day: 'numeric' } : {}),
    ...(daily ? { timeZone: 'UTC' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ...(stepMs < 60_000 ? { second: '2-digit' } : {}),
  });
  return (at) => format.format(at);
}
