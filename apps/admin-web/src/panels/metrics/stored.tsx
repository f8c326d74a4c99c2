import { SimpleGrid, Skeleton } from '@mantine/core';
import { ChartCard } from '../../ui/chart-card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { RangePicker } from '../../ui/range-picker.tsx';
import { Part } from './part.tsx';
import { type Summary, useSummary } from './queries.ts';
import { callsChart, durationChart, refusalsChart, unitsChart } from './stored-charts.ts';

interface StoredProps {
  range: string;
  onRange: (range: string) => void;
  everyMs: number | false;
}

/** What the database keeps of usage, in roll-ups. */
export function Stored({ range, onRange, everyMs }: StoredProps) {
  const summary = useSummary(range, everyMs);
  return (
    <Part
      title="Stored"
      source="Usage of all gateways from the database, summed by minute, hour or day. The newest calls arrive a few seconds late. Days begin at midnight UTC."
      actions={<RangePicker value={range} onChange={onRange} />}
    >
      <Loaded query={summary} failed="The stored usage could not be read" skeleton={<Waiting />}>
        {(data) => <Charts data={data} refetch={summary.refetch} range={range} />}
      </Loaded>
    </Part>
  );
}

interface ChartsProps {
  data: Summary;
  refetch: () => unknown;
  range: string;
}

function Charts({ data, refetch, range }: ChartsProps) {
  const query = { data, error: null, refetch };
  const empty = 'Choose a longer range, or make a call with an API key.';
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <ChartCard
        title="Calls by status"
        fileName={`calls-${range}`}
        chart={callsChart}
        note={`Per ${data.bucket}.`}
        {...{ query, empty }}
      />
      <ChartCard
        title="Units"
        fileName={`units-${range}`}
        chart={unitsChart}
        note={`Charged to quotas, per ${data.bucket}.`}
        {...{ query, empty }}
      />
      <ChartCard
        title="Average duration"
        fileName={`duration-ms-${range}`}
        chart={durationChart}
        note="Of admitted calls. A gap: no calls."
        {...{ query, empty }}
      />
      <ChartCard
        title="Refusals by code"
        fileName={`refusals-${range}`}
        chart={refusalsChart}
        note={`Refused calls per ${data.bucket}; they are no calls and cost nothing.`}
        emptyTitle="No call was refused"
        empty="Nothing in this range was over its rate or quota, or came without a good key."
        query={query}
      />
    </SimpleGrid>
  );
}

const Waiting = () => (
  <SimpleGrid cols={{ base: 1, lg: 2 }}>
    {['calls', 'units', 'duration', 'refusals'].map((name) => (
      <Skeleton key={name} height={320} />
    ))}
  </SimpleGrid>
);
