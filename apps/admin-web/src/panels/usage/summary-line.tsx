import { Group, Paper, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatCount, formatMs } from '../../lib/format.ts';
import { polling } from '../../lib/polling.ts';
import { NewTabLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Time } from '../../ui/time.tsx';
import type { EventFilter } from './filter.ts';
import { readSummary, summaryKey } from './queries.ts';
import { type Totals, totalsOf } from './summary.ts';

const EVERY_MS = 10_000;

/** Sums of the range from the roll-ups, in one line. */
export function SummaryLine({ filter, live }: { filter: EventFilter; live: boolean }) {
  const query = useQuery({
    queryKey: summaryKey(filter),
    queryFn: ({ signal }) => readSummary(filter, signal),
    ...polling(live && EVERY_MS),
  });
  return (
    <Paper withBorder px="md" py="xs" component="section" aria-label="Sums">
      <Loaded query={query} failed="The sums could not be read" skeleton={<Skeleton height={22} width="60%" />}>
        {(summary) => (
          <Group gap="4px 20px">
            <Sums totals={totalsOf(summary, filter.status)} />
            {Date.parse(summary.from) > 0 && (
              <Text size="xs" c="dimmed" component="div">
                in whole {summary.bucket}s since <Time at={summary.from} stamp />
              </Text>
            )}
          </Group>
        )}
      </Loaded>
    </Paper>
  );
}

function Sums({ totals: { calls, units, failed, averageMs, refused, refusals } }: { totals: Totals }) {
  return (
    <>
      <Sum value={formatCount(calls)} what={calls === 1 ? 'call' : 'calls'} />
      <Sum value={formatCount(units)} what={units === 1 ? 'unit' : 'units'} />
      {averageMs !== null && <Sum value={formatMs(averageMs)} what="on average" />}
      {failed > 0 && <Sum value={formatCount(failed)} what="answered with 5xx" />}
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

const Sum = ({ value, what }: { value: string; what: string }) => (
  <Text size="sm">
    <b className="figure">{value}</b> {what}
  </Text>
);
