import { SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useMetricsHistory } from '../../lib/metrics-history-query.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { RefreshControl, refreshMs } from '../../ui/refresh-control.tsx';
import { Attention } from './attention.tsx';
import { Figures } from './figures.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Health } from './health.tsx';
import { KeysByPlan, QuotaUsage } from './plans.tsx';
import { type Overview, useHealth, useOverview } from './queries.ts';

/** The start page: health, usage, and what needs attention. */
export function Page() {
  const [{ refresh }, change] = useUrlState({ refresh: '5000' });
  const everyMs = refreshMs(refresh);
  const live = useMetricsHistory(everyMs);
  const overview = useOverview(everyMs);
  const health = useHealth(everyMs);
  const placeholder = overview.error === null && <Skeleton height={200} />;
  return (
    <Frame
      title="Overview"
      lead="Health, usage, and what needs your attention."
      actions={<RefreshControl value={refresh} onChange={(next) => change({ refresh: next })} />}
    >
      {overview.data && hasNoKeys(overview.data) && <FirstSteps plans={overview.data.plans} />}
      <Figures live={live} overview={overview} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Stack>
          <Attention overview={overview} health={health.data} />
          {overview.data ? <QuotaUsage quota={overview.data.quota} nearQuota={overview.data.nearQuota} /> : placeholder}
        </Stack>
        <Stack>
          <Health health={health} history={live.data} quarantined={overview.data?.attention.quarantined ?? 0} />
          {overview.data ? <KeysByPlan plans={overview.data.plans} /> : placeholder}
        </Stack>
      </SimpleGrid>
    </Frame>
  );
}

const hasNoKeys = ({ keys: { enabled, suspended, revoked, expired } }: Overview): boolean => enabled + suspended + revoked + expired === 0;
