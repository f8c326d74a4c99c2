import {
  type GetHealthzResponses,
  type GetOverviewResponses,
  getHealthz,
  getLivez,
  getOverview,
  getReadyz,
  isApiError,
} from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { polling, slowed } from '../../lib/polling.ts';

/** Keys, plans, quota and what needs attention. */
export type Overview = GetOverviewResponses['200']['data'];

/** Response of `readyz` and `healthz`, healthy or not. */
export type Report = GetHealthzResponses['200'];

/** Liveness, readiness and details of the server. */
export interface Health {
  live: boolean;
  ready: Report;
  details: Report;
}

/** The overview and health checks cost the server more than a scrape. */
const MIN_INTERVAL_MS = 10_000;

/** @param everyMs false: no automatic refresh */
export const useOverview = (everyMs: number | false): UseQueryResult<Overview> =>
  useQuery({
    queryKey: ['overview', 'whole'],
    queryFn: async ({ signal }): Promise<Overview> => (await getOverview({ signal, throwOnError: true })).data.data,
    ...polling(slowed(everyMs, MIN_INTERVAL_MS)),
  });

/** @param everyMs false: no automatic refresh */
export const useHealth = (everyMs: number | false): UseQueryResult<Health> =>
  useQuery({
    queryKey: ['overview', 'health'],
    queryFn: async ({ signal }): Promise<Health> => {
      const options = { signal, throwOnError: true } as const;
      const [live, ready, details] = await Promise.all([
        getLivez(options),
        reportOf(() => getReadyz(options)),
        reportOf(() => getHealthz(options)),
      ]);
      return { live: live.data.status === 'ok', ready, details };
    },
    ...polling(slowed(everyMs, MIN_INTERVAL_MS)),
  });

/** An unready server returns 503 with the same report, which is not an error here. */
async function reportOf(read: () => Promise<{ data: Report }>): Promise<Report> {
  try {
    return (await read()).data;
  } catch (error) {
    if (isApiError(error) && error.status === 503 && isReport(error.body)) return error.body;
    throw error;
  }
}

const isReport = (body: unknown): body is Report => typeof body === 'object' && body !== null && 'status' in body && 'checks' in body;
