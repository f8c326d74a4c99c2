import { getMetrics } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type MetricsHistory, withScrape } from './metrics-history.ts';
import { polling } from './polling.ts';
import { parseMetrics } from './prometheus.ts';

const HISTORY = ['metrics', 'history'];
/** A rate needs two scrapes, so the second one follows soon. */
const SECOND_SCRAPE_MS = 1_500;

/**
 * Scrapes the server’s metrics and keeps the increase between scrapes. All pages share one history,
 * which ends with the session.
 * @param everyMs refresh interval; false: no automatic refresh
 */
export const useMetricsHistory = (everyMs: number | false): UseQueryResult<MetricsHistory> =>
  useQuery({
    queryKey: HISTORY,
    queryFn: async ({ client, signal }): Promise<MetricsHistory> => {
      const { data } = await getMetrics({ parseAs: 'text', signal, throwOnError: true });
      return withScrape(client.getQueryData<MetricsHistory>(HISTORY), parseMetrics(data), Date.now());
    },
    refetchInterval: (query) => untilSecondScrape(query, everyMs) ?? polling(everyMs).refetchInterval(query),
    refetchIntervalInBackground: false,
    gcTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });

function untilSecondScrape(
  { state }: { state: { status: string; data: MetricsHistory | undefined } },
  everyMs: number | false,
): number | null {
  const isFirst = state.status === 'success' && state.data?.steps.length === 0;
  return everyMs !== false && isFirst ? Math.min(everyMs, SECOND_SCRAPE_MS) : null;
}
