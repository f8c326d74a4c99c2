import { Button, Skeleton, Table, Text } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Cell } from '../lib/csv.ts';
import { formatUtc } from '../lib/format.ts';
import type { ReadState } from '../lib/read-state.ts';
import { CsvButton } from './csv-button.tsx';
import { EmptyState } from './empty-state.tsx';
import { Loaded } from './loaded.tsx';
import { Section } from './section.tsx';
import type { ChartData } from './time-chart.tsx';

/** Loaded with the first chart: the chart library is the largest part of the console. */
const TimeChart = lazy(async () => ({ default: (await import('./time-chart.tsx')).TimeChart }));

const HEIGHT = 240;

interface ChartCardProps<T> {
  title: string;
  query: ReadState<T>;
  /** Converts the data to a chart; without points it is empty. */
  chart: (data: T) => ChartData;
  /** Name of the exported file, without extension. */
  fileName: string;
  note?: ReactNode;
  emptyTitle?: string;
  /** What to do when the chart is empty. */
  empty?: ReactNode;
  /** Shown next to the title in every state, for example a range picker. */
  controls?: ReactNode;
}

/** A chart with loading, error and empty states, a table view and a CSV export. */
export function ChartCard<T>({
  title,
  query,
  chart,
  fileName,
  note,
  emptyTitle = 'No data in this range',
  empty,
  controls,
}: ChartCardProps<T>) {
  const [asTable, setAsTable] = useState(false);
  const data = query.data === undefined ? undefined : chart(query.data);
  const exports = data && data.points.length > 0 && (
    <>
      <Button variant="subtle" size="compact-xs" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
        {asTable ? 'Show chart' : 'Show table'}
      </Button>
      <CsvButton fileName={`${fileName}.csv`} table={() => tableOf(data)} />
    </>
  );
  const actions = (controls || exports) && (
    <>
      {controls}
      {exports}
    </>
  );
  return (
    <Section title={title} actions={actions}>
      <Loaded query={query} failed={`“${title}” could not be loaded`} skeleton={<Skeleton height={HEIGHT} />}>
        {() => <Content {...{ title, asTable, emptyTitle, empty }} data={data as ChartData} />}
      </Loaded>
      {note && (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      )}
    </Section>
  );
}

interface ContentProps {
  title: string;
  data: ChartData;
  asTable: boolean;
  emptyTitle: string;
  empty: ReactNode;
}

function Content({ title, data, asTable, emptyTitle, empty }: ContentProps) {
  if (data.points.length === 0) return <EmptyState title={emptyTitle}>{empty}</EmptyState>;
  if (asTable) return <ChartTable title={title} data={data} />;
  return (
    <Suspense fallback={<Skeleton height={HEIGHT} />}>
      <TimeChart title={title} data={data} height={HEIGHT} />
    </Suspense>
  );
}

function ChartTable({ title, data }: { title: string; data: ChartData }) {
  const { header, rows } = tableOf(data);
  return (
    <Table.ScrollContainer
      minWidth={300}
      mah={HEIGHT * 1.5}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': `Table: ${title}` } }}
    >
      <Table aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            {header.map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([first, ...rest]) => (
            <Table.Tr key={String(first)}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{formatUtc(new Date(String(first))).replace(' UTC', '')}</Table.Td>
              {rest.map((cell, index) => (
                <Table.Td key={header[index + 1]}>{cell ?? '–'}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function tableOf({ series, points }: ChartData): { header: string[]; rows: Cell[][] } {
  const header = ['Time (UTC)', ...series.map(({ label }) => label)];
  return { header, rows: points.map((point) => [point.at, ...series.map(({ key }) => point.values[key] ?? null)]) };
}
