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

/** Charts are the largest part of the console: they come when one is shown. */
const TimeChart = lazy(async () => ({ default: (await import('./time-chart.tsx')).TimeChart }));

const HEIGHT = 240;

interface ChartCardProps<T> {
  title: string;
  query: ReadState<T>;
  /** What of the data is shown; no points: the chart is empty. */
  chart: (data: T) => ChartData;
  /** The name of the exported file, without its ending. */
  fileName: string;
  note?: ReactNode;
  /** Says that there is nothing to show. */
  emptyTitle?: string;
  /** What to do when there is nothing to show. */
  empty?: ReactNode;
  /** Beside the title, whatever the state: what chooses the range. */
  controls?: ReactNode;
}

/** A chart with its loading, error and empty states, the table behind it, and its export. */
export function ChartCard<T>({
  title,
  query,
  chart,
  fileName,
  note,
  emptyTitle = 'Nothing in this range',
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
      <Loaded query={query} failed={`“${title}” could not be read`} skeleton={<Skeleton height={HEIGHT} />}>
        {() => <Shown {...{ title, asTable, emptyTitle, empty }} data={data as ChartData} />}
      </Loaded>
      {note && (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      )}
    </Section>
  );
}

interface ShownProps {
  title: string;
  data: ChartData;
  asTable: boolean;
  emptyTitle: string;
  empty: ReactNode;
}

function Shown({ title, data, asTable, emptyTitle, empty }: ShownProps) {
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
