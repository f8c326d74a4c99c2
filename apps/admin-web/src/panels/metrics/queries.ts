import { type SummarizeUsageResponses, summarizeUsage } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { polling, slowed } from '../../lib/polling.ts';
import { rangeOf } from '../../lib/ranges.ts';

/** Usage by status and bucket, and refused calls. */
export type Summary = SummarizeUsageResponses['200']['data'];

/** The finest roll-up is a minute, so polling faster shows nothing new. */
const MIN_INTERVAL_MS = 15_000;

/** Fetches the roll-ups of a named range. @param everyMs false: no automatic refresh */
export const useSummary = (rangeName: string, everyMs: number | false): UseQueryResult<Summary> =>
  useQuery({
    queryKey: ['usage', 'by-status', rangeName],
    queryFn: async ({ signal }): Promise<Summary> => {
      const { from, to, bucket } = rangeOf(rangeName, new Date());
      const query = { from: from.toISOString(), to: to.toISOString(), bucket, groupBy: 'status' } as const;
      return (await summarizeUsage({ query, signal, throwOnError: true })).data.data;
    },
    ...polling(slowed(everyMs, MIN_INTERVAL_MS)),
  });
