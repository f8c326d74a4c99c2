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

/** What `readyz` and `healthz` answer, also when they say no. */
export type Report = GetHealthzResponses['200'];

/** Whether the process answers, whether it takes calls, and what it is. */
export interface Health {
  live: boolean;
  ready: Report;
  details: Report;
}

/** The overview and the health cost the server more than a scrape. */
const SHORTEST_MS = 10_000;

/** Reads the overview. @param everyMs false: not by itself */
export const useOverview = (everyMs: number | false): UseQueryResult<Overview> =>
  useQuery({
    queryKey: ['overview', 'whole'],
    queryFn: async ({ signal }): Promise<Overview> => (await getOverview({ signal, throwOnError: true })).data.data,
    ...polling(slowed(everyMs, SHORTEST_MS)),
  });

/** Asks the three questions of health. @param everyMs false: not by itself */
export const useHealth = (everyMs: number | false): UseQueryResult<Health> =>
  useQuery({
    queryKey: ['overview', 'health'],
    queryFn: async ({ signal }): Promise<Health> => {
      const options = { signal, throwOnError: true } as const;
      const [live, ready, details] = await Promise.all([
        getLivez(options),
        answerOrReport(() => getReadyz(options)),
        answerOrReport(() => getHealthz(options)),
      ]);
      return { live: live.data.status === 'ok', ready, details };
    },
    ...polling(slowed(everyMs, SHORTEST_MS)),
  });

/** A server that can’t take calls says so with 503 and the same report: that is an answer, not a failure to read it. */
async function answerOrReport(read: () => Promise<{ data: Report }>): Promise<Report> {
  try {
    return (await read()).data;
  } catch (error) {
    if (isApiError(error) && error.status === 503 && isReport(error.body)) return error.body;
    throw error;
  }
}

const isReport = (body: unknown): body is Report => typeof body === 'object' && body !== null && 'status' in body && 'checks' in body;
