import { SimpleGrid } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { counted, formatCount, formatRate, formatShare } from '../../lib/format.ts';
import { type MetricsHistory, recentOf, requestsOf } from '../../lib/metrics-history.ts';
import { Figure } from '../../ui/figure.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import type { Overview } from './queries.ts';

const WINDOW_SECONDS = 60;
/** Steps in the sparkline. */
const SHOWN_STEPS = 60;

interface FiguresProps {
  live: UseQueryResult<MetricsHistory>;
  overview: UseQueryResult<Overview>;
}

/** The most important numbers. */
export function Figures({ live, overview }: FiguresProps) {
  const { data, error } = overview;
  const stored = (value: (known: Overview) => ReactNode) => (data ? value(data) : error ? '–' : undefined);
  return (
    <SimpleGrid cols={{ base: 2, md: 3 }}>
      <LiveFigures live={live} />
      <Figure
        label="Active API keys"
        value={stored(({ keys }) => formatCount(keys.enabled))}
        note={data && <PageLink to="/keys">{keysNote(data)}</PageLink>}
      />
      <Figure
        label="Calls today"
        value={stored(({ today }) => formatCount(today.calls))}
        note={<PageLink to="/usage">Since midnight UTC</PageLink>}
      />
      <Figure label="Units today" value={stored(({ today }) => formatCount(today.units))} note="Charged to quotas" />
      <Figure
        label="Refused calls today"
        value={stored(({ today }) => formatCount(today.refusals))}
        note={<PageLink to="/metrics?range=24h">View codes</PageLink>}
      />
    </SimpleGrid>
  );
}

function keysNote({ keys: { suspended, expired, revoked }, consumers }: Overview): string {
  const others = [
    [suspended, 'suspended'],
    [expired, 'expired'],
    [revoked, 'revoked'],
  ] as const;
  const counts = others.filter(([count]) => count > 0).map(([count, status]) => `${formatCount(count)} ${status}`);
  return [...counts, counted(consumers, 'consumer')].join(', ');
}

/** Traffic to published APIs, from the live metrics. */
function LiveFigures({ live: { data, error } }: Pick<FiguresProps, 'live'>) {
  const steps = data?.steps ?? [];
  const { requests, perSecond, clientErrorShare, failedShare } = recentOf(steps, 'published', WINDOW_SECONDS);
  if (perSecond === null) {
    const noValue = error === null || data !== undefined ? { value: undefined } : { value: '–', note: 'Could not be loaded' };
    return (
      <>
        <Figure label="Requests per second" note="Measuring…" {...noValue} />
        <Figure label="Error rate" {...noValue} />
      </>
    );
  }
  const errors = clientErrorShare === null || failedShare === null ? null : clientErrorShare + failedShare;
  const rates = steps.slice(-SHOWN_STEPS).map(({ traffic, seconds }) => requestsOf(traffic.published.byClass) / seconds);
  const now = formatRate(rates.at(-1) ?? 0);
  return (
    <>
      <Figure
        label="Requests per second"
        value={requests === 0 ? '0' : formatRate(perSecond)}
        note={
          <>
            {rates.length > 1 && <Sparkline values={rates} label={`Requests per second since you opened the console, now ${now}`} />}
            <PageLink to="/metrics">{`${formatCount(requests)} in the last minute`}</PageLink>
          </>
        }
      />
      <Figure
        label="Error rate"
        value={formatShare(errors)}
        note={
          errors === null
            ? 'No calls in the last minute'
            : `${formatShare(clientErrorShare)} 4xx, ${formatShare(failedShare)} 5xx in the last minute`
        }
      />
    </>
  );
}
