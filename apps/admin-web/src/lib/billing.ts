import { type GetBillingResponses, getBilling } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** How billing runs and stands. */
export type Billing = GetBillingResponses['200']['data'];

/** What only a new start changes. */
type Settled = Pick<Billing, 'mode' | 'keyMode'>;

const BELIEVED_MS = 60_000;

/** One reading, for whatever shows a part of it. */
export const BILLING_QUERY = {
  queryKey: ['billing', 'status'],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Billing> => (await getBilling({ signal, throwOnError: true })).data.data,
};

/** Of how billing runs, one thing. */
export const useBillingSetting = <Name extends keyof Settled>(name: Name): UseQueryResult<Settled[Name]> =>
  useQuery({ ...BILLING_QUERY, select: (billing): Settled[Name] => billing[name], staleTime: BELIEVED_MS });

/** How billing runs; undefined: not known yet. */
export const useBillingMode = (): Billing['mode'] | undefined => useBillingSetting('mode').data;
