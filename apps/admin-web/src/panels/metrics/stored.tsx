import { SimpleGrid, Skeleton } from '@mantine/core';
import { ChartCard } from '../../ui/chart-card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { RangePicker } from '../../ui/range-picker.tsx';
import { SectionGroup } from '../../ui/section.tsx';
import { callsChart, durationChart, refusalsChart, unitsChart } from './charts.ts';
import { type Summary, useSummary } from './queries.ts';

interface StoredProps {
  range: string;
  onRange: (range: string) => void;
  everyMs: number | false;
}

/** Charts of the usage roll-ups in the database. */
export function Stored({ range, onRange, everyMs }: StoredProps) {
  const summary = useSummary(range, everyMs);
  return (
    <SectionGroup
      title="Stored"
      description="Usage of all gateways from the database, by minute, hour or day. New calls appear after a few seconds. Days start at midnight UTC."
      actions={<RangePicker value={range} onChange={onRange} />}
    >
      <Loaded query={summary} failed="The stored usage could not be loaded" skeleton={<ChartSkeletons />}>
        {(data) => <Charts data={data} refetch={summary.refetch} range={range} />}
      </Loaded>
    </SectionGroup>
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
        note="Of admitted calls. Gaps mean no calls."
        {...{ query, empty }}
      />
      <ChartCard
        title="Refused calls by code"
        fileName={`refusals-${range}`}
        chart={refusalsChart}
        note={`Per ${data.bucket}. Refused calls are not charged and not counted as calls.`}
        emptyTitle="No refused calls"
        empty="Calls over a quota or rate limit, or without a valid key, appear here."
        query={query}
      />
    </SimpleGrid>
  );
}

const ChartSkeletons = () => (
  <SimpleGrid cols={{ base: 1, lg: 2 }}>
    {['calls', 'units', 'duration', 'refusals'].map((name) => (
      <Skeleton key={name} height={320} />
    ))}
  </SimpleGrid>
);
