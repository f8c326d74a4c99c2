import { type GetBillingResponses, getBilling } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** Billing mode, webhook health and pending work. */
export type Billing = GetBillingResponses['200']['data'];

/** Settings that only change when the server restarts. */
type BillingSettings = Pick<Billing, 'mode' | 'keyMode'>;

const STALE_MS = 60_000;

/** One shared query for everything that shows a part of it. */
export const BILLING_QUERY = {
  queryKey: ['billing', 'status'],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Billing> => (await getBilling({ signal, throwOnError: true })).data.data,
};

/** Reads one billing setting. */
export const useBillingSetting = <Name extends keyof BillingSettings>(name: Name): UseQueryResult<BillingSettings[Name]> =>
  useQuery({ ...BILLING_QUERY, select: (billing): BillingSettings[Name] => billing[name], staleTime: STALE_MS });

/** The billing mode; undefined while loading. */
export const useBillingMode = (): Billing['mode'] | undefined => useBillingSetting('mode').data;
