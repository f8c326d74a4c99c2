import { SegmentedControl, SimpleGrid, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { formatCount, formatMs, formatRate, formatShare } from '../../lib/format.ts';
import { type MetricsHistory, quantileMs, recentOf, type TrafficName, verdictsSinceStart } from '../../lib/metrics-history.ts';
import { ChartCard } from '../../ui/chart-card.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { latencyChart, requestsChart, statusChart, verdictsChart } from './live-charts.ts';
import { Part } from './part.tsx';

const WINDOW_SECONDS = 60;

interface LiveProps {
  history: UseQueryResult<MetricsHistory>;
  which: TrafficName;
  onWhich: (which: string) => void;
  refreshing: boolean;
}

/** What this process counts, from scrapes since the console was opened. */
export const Live = ({ history, which, onWhich, refreshing }: LiveProps) => (
  <Part
    title="Live"
    source="Counted by this process and read since you opened the console. Reloading the page begins anew; a restart of the server does not distort the rates."
    actions={
      <SegmentedControl
        aria-label="Which requests"
        size="xs"
        data={[
          { value: 'published', label: 'Calls to APIs' },
          { value: 'all', label: 'All requests' },
        ]}
        value={which}
        onChange={onWhich}
      />
    }
  >
    <Loaded query={history} failed="The live metrics could not be read" skeleton={<Waiting />}>
      {(data) => (
        <>
          <Figures history={data} which={which} />
          <Charts {...{ history: data, which, refreshing }} refetch={history.refetch} />
        </>
      )}
    </Loaded>
  </Part>
);

const Waiting = () => (
  <SimpleGrid cols={{ base: 1, lg: 2 }}>
    {['requests', 'status', 'latency', 'verdicts'].map((name) => (
      <Skeleton key={name} height={320} />
    ))}
  </SimpleGrid>
);

function Figures({ history, which }: { history: MetricsHistory; which: TrafficName }) {
  const { requests, perSecond, refusedShare, failedShare, buckets } = recentOf(history.steps, which, WINDOW_SECONDS);
  const ms = (quantile: number) => {
    const value = quantileMs(quantile, buckets);
    return value === null ? '–' : formatMs(value);
  };
  const errors = refusedShare === null || failedShare === null ? null : refusedShare + failedShare;
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }}>
      <Figure
        label="Requests per second"
        value={perSecond === null ? '–' : requests === 0 ? '0' : formatRate(perSecond)}
        note={`${formatCount(requests)} in the last minute`}
      />
      <Figure
        label="Error share"
        value={formatShare(errors)}
        note={errors === null ? 'no requests in the last minute' : `${formatShare(refusedShare)} 4xx, ${formatShare(failedShare)} 5xx`}
      />
      <Figure label="Latency p50" value={ms(0.5)} note="last minute" />
      <Figure label="Latency p99" value={ms(0.99)} note="last minute" />
    </SimpleGrid>
  );
}

interface ChartsProps {
  history: MetricsHistory;
  which: TrafficName;
  refreshing: boolean;
  refetch: () => unknown;
}

function Charts({ history, which, refreshing, refetch }: ChartsProps) {
  const query = { data: history, error: null, refetch };
  const waiting = refreshing ? 'A rate needs two scrapes. The first points come in a few seconds.' : 'Turn Refresh on to measure.';
  const shared = { query, emptyTitle: 'Nothing measured yet', empty: waiting };
  const totals = [...verdictsSinceStart(history)].map(([code, count]) => `${code} ${formatCount(count)}`).join(', ');
  const measured = history.steps.length > 0;
  const idle = measured && { emptyTitle: 'No requests yet', empty: 'Nothing was asked since you opened the console.' };
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <ChartCard title="Requests per second" fileName="live-requests" chart={({ steps }) => requestsChart(steps, which)} {...shared} />
      <ChartCard
        title="Answers by status"
        fileName="live-status"
        chart={({ steps }) => statusChart(steps, which)}
        note="Per second."
        {...shared}
        {...idle}
      />
      <ChartCard
        title="Latency"
        fileName="live-latency-ms"
        chart={({ steps }) => latencyChart(steps, which)}
        note="Estimated: interpolated within the histogram’s buckets. What took longer than the last bound, 10 s, counts as 10 s. A gap: no requests."
        {...shared}
        {...idle}
      />
      <ChartCard
        title="Verdicts by code"
        fileName="live-verdicts"
        chart={({ steps }) => verdictsChart(steps)}
        note={`The guard’s decisions per second; ALLOW is an admitted call.${totals === '' ? '' : ` Since the process started: ${totals}.`}`}
        {...shared}
        {...(measured && { emptyTitle: 'No verdicts yet', empty: 'Nobody has called with a key since you opened the console.' })}
      />
    </SimpleGrid>
  );
}
