import { Group, Paper, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatCount, formatMs } from '../../lib/format.ts';
import { polling } from '../../lib/polling.ts';
import { NewTabLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Time } from '../../ui/time.tsx';
import { type EventFilter, matchesStatus } from './filter.ts';
import { readSummary, type Summary, summaryKey } from './queries.ts';

const INTERVAL_MS = 10_000;

/** Totals of the filtered range, from the roll-ups. */
export function SummaryLine({ filter, live }: { filter: EventFilter; live: boolean }) {
  const query = useQuery({
    queryKey: summaryKey(filter),
    queryFn: ({ signal }) => readSummary(filter, signal),
    ...polling(live && INTERVAL_MS),
  });
  return (
    <Paper withBorder px="md" py="xs" component="section" aria-label="Totals">
      <Loaded query={query} failed="The totals could not be loaded" skeleton={<Skeleton height={22} width="60%" />}>
        {(summary) => (
          <Group gap="4px 20px">
            <TotalsList totals={totalsOf(summary, filter.status)} />
            {Date.parse(summary.from) > 0 && (
              <Text size="xs" c="dimmed" component="div">
                By {summary.bucket}, since <Time at={summary.from} stamp />
              </Text>
            )}
          </Group>
        )}
      </Loaded>
    </Paper>
  );
}

function TotalsList({ totals: { calls, units, failed, averageMs, refused, refusals } }: { totals: Totals }) {
  return (
    <>
      <Total value={formatCount(calls)} label={calls === 1 ? 'call' : 'calls'} />
      <Total value={formatCount(units)} label={units === 1 ? 'unit' : 'units'} />
      {averageMs !== null && <Total value={formatMs(averageMs)} label="on average" />}
      {failed > 0 && <Total value={formatCount(failed)} label="failed with 5xx" />}
      <Text size="sm" component="div">
        <b className="figure">{formatCount(refused)}</b> refused
        {refusals.map(({ code, count }, index) => (
          <span key={code}>
            {index === 0 ? ': ' : ', '}
            <NewTabLink href={`/docs/errors/${code}`} inherit>
              {code}
            </NewTabLink>{' '}
            {formatCount(count)}
          </span>
        ))}
      </Text>
    </>
  );
}

const Total = ({ value, label }: { value: string; label: string }) => (
  <Text size="sm">
    <b className="figure">{value}</b> {label}
  </Text>
);

interface Totals {
  calls: number;
  units: number;
  /** Calls with a 5xx response. */
  failed: number;
  /** Mean duration; null without calls. */
  averageMs: number | null;
  refused: number;
  /** Most frequent first. */
  refusals: { code: string; count: number }[];
}

/**
 * Totals of the rows that match the status filter. Refused calls have no status and always count.
 */
export function totalsOf({ rows, refusals }: Pick<Summary, 'rows' | 'refusals'>, status: string): Totals {
  const matching = rows.filter((row) => matchesStatus(row.status ?? 0, status));
  const calls = sum(matching.map((row) => row.calls));
  return {
    calls,
    units: sum(matching.map((row) => row.units)),
    failed: sum(matching.filter((row) => matchesStatus(row.status ?? 0, '5xx')).map((row) => row.calls)),
    averageMs: calls === 0 ? null : sum(matching.map((row) => row.avgDurationMs * row.calls)) / calls,
    refused: sum(refusals.map(({ count }) => count)),
    refusals: [...refusals].sort((a, b) => b.count - a.count),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
