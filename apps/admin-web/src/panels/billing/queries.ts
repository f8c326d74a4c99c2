import {
  type ListBillingDriftResponses,
  type ListBillingEventsResponses,
  type ListBillingFlagsResponses,
  type ListDisputesResponses,
  type ListSubscriptionsResponses,
  listBillingDrift,
  listBillingEvents,
  listBillingFlags,
  listConsumers,
  listDisputes,
  listSubscriptions,
} from '@api-factory/sdk-ts';
import { useQuery } from '@tanstack/react-query';
import { BILLING_QUERY } from '../../lib/billing.ts';
import { keyLimitsQuery } from '../../lib/key-limits.ts';
import { type PagedList, usePages } from '../../lib/pages.ts';
import { polling } from '../../lib/polling.ts';
import { ACCESSES } from '../../lib/statuses.ts';
import { oneOf } from '../../lib/url-state.ts';
import { isSweeping } from './sweep.ts';

export type Subscription = ListSubscriptionsResponses['200']['data'][number];
export type InboxEvent = ListBillingEventsResponses['200']['data'][number];
export type Drift = ListBillingDriftResponses['200']['data'][number];
export type BillingFlag = ListBillingFlagsResponses['200']['data'][number];
export type Dispute = ListDisputesResponses['200']['data'][number];

const PAID = new Set(['active', 'trialing']);

/**
 * Whether a dispute’s hold suspends the subscription: with a paid status in Stripe, nothing else
 * does.
 */
export const isSuspendedByDispute = ({ access, status }: Pick<Subscription, 'access' | 'status'>): boolean =>
  access === 'suspended' && PAID.has(status);

const PAGE = 50;
const MOST_NAMES = 100;
const STATUS_MS = 15_000;
const SWEEP_MS = 1_000;

export const EVENT_STATES = ['pending', 'done', 'ignored', 'dead'] as const;

/** Polled every second while a sweep runs. @param waiting whether a sweep was requested */
export const useBilling = (waiting = false) =>
  useQuery({
    ...BILLING_QUERY,
    refetchIntervalInBackground: false,
    refetchInterval: (query) => {
      const fast = waiting || (query.state.data !== undefined && isSweeping(query.state.data));
      return polling(fast ? SWEEP_MS : STATUS_MS).refetchInterval(query);
    },
  });

interface SubscriptionFilter {
  consumer: string;
  access: string;
  everyMs?: number | false;
}

/** Newest first. */
export function useSubscriptions({ consumer, access, everyMs = false }: SubscriptionFilter): PagedList<Subscription> {
  const known = oneOf(ACCESSES, access);
  const query = { limit: PAGE, ...(consumer !== '' && { consumer }), ...(known && { access: known }) };
  return usePages<Subscription>({
    queryKey: ['billing', 'subscriptions', query],
    read: async ({ signal, ...page }) => (await listSubscriptions({ query: { ...query, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });
}

/** Newest first. */
export function useInbox(state: string, everyMs: number | false): PagedList<InboxEvent> {
  const known = oneOf(EVENT_STATES, state);
  const query = { limit: PAGE, ...(known && { state: known }) };
  return usePages<InboxEvent>({
    queryKey: ['billing', 'events', query],
    read: async ({ signal, ...page }) => (await listBillingEvents({ query: { ...query, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });
}

/** Newest first. */
export const useDrift = (): PagedList<Drift> =>
  usePages<Drift>({
    queryKey: ['billing', 'drift'],
    read: async ({ signal, ...page }) => (await listBillingDrift({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
  });

/** Newest first. */
export const useFlags = (): PagedList<BillingFlag> =>
  usePages<BillingFlag>({
    queryKey: ['billing', 'flags'],
    read: async ({ signal, ...page }) => (await listBillingFlags({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
  });

/** Newest first. */
export const useDisputes = (everyMs: number | false = false): PagedList<Dispute> =>
  usePages<Dispute>({
    queryKey: ['billing', 'disputes'],
    read: async ({ signal, ...page }) => (await listDisputes({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });

/** The names of the newest consumers by ID. Older consumers are missing: show their ID instead. */
export function useConsumerNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ['consumers', 'names'],
    queryFn: async ({ signal }) => (await listConsumers({ query: { limit: MOST_NAMES }, signal, throwOnError: true })).data.data,
    select: (consumers) => new Map(consumers.map(({ id, name }) => [id, name])),
    staleTime: 60_000,
  });
  return data ?? NO_NAMES;
}
const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** The limits of a key, never from the cache. */
export const useLimits = (id: string) => useQuery({ ...keyLimitsQuery(id), enabled: id !== '', staleTime: 0 });
