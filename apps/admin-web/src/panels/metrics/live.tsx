import { SegmentedControl, SimpleGrid, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { formatCount, formatMs, formatRate, formatShare } from '../../lib/format.ts';
import { type MetricsHistory, quantileMs, recentOf, type TrafficName, verdictsSinceStart } from '../../lib/metrics-history.ts';
import { ChartCard } from '../../ui/chart-card.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SectionGroup } from '../../ui/section.tsx';
import { latencyChart, requestsChart, statusChart, verdictsChart } from './charts.ts';

const WINDOW_SECONDS = 60;

interface LiveProps {
  history: UseQueryResult<MetricsHistory>;
  which: TrafficName;
  onWhich: (which: string) => void;
  refreshing: boolean;
}

/** Charts of this process’s metrics, scraped since the console was opened. */
export const Live = ({ history, which, onWhich, refreshing }: LiveProps) => (
  <SectionGroup
    title="Live"
    description="Metrics of this server process since you opened the console. Reloading the page clears them. Rates stay correct across server restarts."
    actions={
      <SegmentedControl
        aria-label="Requests to show"
        size="xs"
        data={[
          { value: 'published', label: 'API calls' },
          { value: 'all', label: 'All requests' },
        ]}
        value={which}
        onChange={onWhich}
      />
    }
  >
    <Loaded query={history} failed="The live metrics could not be loaded" skeleton={<ChartSkeletons />}>
      {(data) => (
        <>
          <Figures history={data} which={which} />
          <Charts {...{ history: data, which, refreshing }} refetch={history.refetch} />
        </>
      )}
    </Loaded>
  </SectionGroup>
);

const ChartSkeletons = () => (
  <SimpleGrid cols={{ base: 1, lg: 2 }}>
    {['requests', 'status', 'latency', 'verdicts'].map((name) => (
      <Skeleton key={name} height={320} />
    ))}
  </SimpleGrid>
);

function Figures({ history, which }: { history: MetricsHistory; which: TrafficName }) {
  const { requests, perSecond, clientErrorShare, failedShare, buckets } = recentOf(history.steps, which, WINDOW_SECONDS);
  const ms = (quantile: number) => {
    const value = quantileMs(quantile, buckets);
    return value === null ? '–' : formatMs(value);
  };
  const errors = clientErrorShare === null || failedShare === null ? null : clientErrorShare + failedShare;
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }}>
      <Figure
        label="Requests per second"
        value={perSecond === null ? '–' : requests === 0 ? '0' : formatRate(perSecond)}
        note={`${formatCount(requests)} in the last minute`}
      />
      <Figure
        label="Error rate"
        value={formatShare(errors)}
        note={errors === null ? 'No requests in the last minute' : `${formatShare(clientErrorShare)} 4xx, ${formatShare(failedShare)} 5xx`}
      />
      <Figure label="Latency p50" value={ms(0.5)} note="Last minute" />
      <Figure label="Latency p99" value={ms(0.99)} note="Last minute" />
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
  const hint = refreshing ? 'The first data points appear in a few seconds.' : 'Turn on auto-refresh to collect data.';
  const shared = { query, emptyTitle: 'No data yet', empty: hint };
  const totals = [...verdictsSinceStart(history)].map(([code, count]) => `${code} ${formatCount(count)}`).join(', ');
  const measured = history.steps.length > 0;
  const idle = measured && { emptyTitle: 'No requests yet', empty: 'Requests since you opened the console appear here.' };
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <ChartCard title="Requests per second" fileName="live-requests" chart={({ steps }) => requestsChart(steps, which)} {...shared} />
      <ChartCard
        title="Responses by status"
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
        note="Estimated from histogram buckets. Durations above 10 s count as 10 s. Gaps mean no requests."
        {...shared}
        {...idle}
      />
      <ChartCard
        title="Admitted and refused calls"
        fileName="live-verdicts"
        chart={({ steps }) => verdictsChart(steps)}
        note={`Per second, by code. ALLOW means admitted.${totals === '' ? '' : ` Since the process started: ${totals}.`}`}
        {...shared}
        {...(measured && { emptyTitle: 'No calls yet', empty: 'Calls with an API key since you opened the console appear here.' })}
      />
    </SimpleGrid>
  );
}
