import '@mantine/charts/styles.css';
import { AreaChart, BarChart, LineChart } from '@mantine/charts';

/** What a chart shows: some series over time. */
export interface ChartData {
  kind: 'line' | 'area' | 'bars';
  /** Colours are Mantine’s names with a shade: `teal.6`. */
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

/** Draws series over time. The same numbers stand in the table beside it, so the drawing itself is one picture to a screen reader. */
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
    // Ticks between whole numbers would be rounded to the same label twice.
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

/** A value between two gaps draws no line: without its dot it would not be seen. */
const hasLonePoint = (points: ChartData['points'], series: ChartData['series']): boolean =>
  series.some(({ key }) =>
    points.some(({ values }, n) => values[key] != null && points[n - 1]?.values[key] == null && points[n + 1]?.values[key] == null),
  );

/** Not a stop for the keyboard: the table has what it shows. */
const STILL = { accessibilityLayer: false };

/** Days, or hours and minutes, or seconds as well, whichever tells the points apart. */
function labelOf(points: { at: string }[]): (at: Date) => string {
  const [first, second] = points;
  const apart = first && second ? Date.parse(second.at) - Date.parse(first.at) : 60_000;
  const daily = apart >= 86_400_000;
  const span = points.length > 1 ? Date.parse(points.at(-1)?.at ?? '') - Date.parse(first?.at ?? '') : 0;
  const format = new Intl.DateTimeFormat('en', {
    ...(daily || span > 86_400_000 ? { month: 'short', day: 'numeric' } : {}),
    ...(daily ? { timeZone: 'UTC' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ...(apart < 60_000 ? { second: '2-digit' } : {}),
  });
  return (at) => format.format(at);
}
