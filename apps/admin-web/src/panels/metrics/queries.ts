import { type SummarizeUsageResponses, summarizeUsage } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { polling, slowed } from '../../lib/polling.ts';
import { rangeOf } from '../../lib/ranges.ts';

/** Usage by status and bucket, and what was refused. */
export type Summary = SummarizeUsageResponses['200']['data'];

/** The finest roll-up is a minute: asking more often shows nothing new. */
const SHORTEST_MS = 15_000;

/** Reads the roll-ups of a range that a word in the address names. @param everyMs false: not by itself */
export const useSummary = (rangeName: string, everyMs: number | false): UseQueryResult<Summary> =>
  useQuery({
    queryKey: ['usage', 'by-status', rangeName],
    queryFn: async ({ signal }): Promise<Summary> => {
      const { from, to, bucket } = rangeOf(rangeName, new Date());
      const query = { from: from.toISOString(), to: to.toISOString(), bucket, groupBy: 'status' } as const;
      return (await summarizeUsage({ query, signal, throwOnError: true })).data.data;
    },
    ...polling(slowed(everyMs, SHORTEST_MS)),
  });
