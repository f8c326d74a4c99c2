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
import { oneOf } from '../../lib/url-state.ts';
import { isSweeping } from './sweep.ts';

export type Subscription = ListSubscriptionsResponses['200']['data'][number];
export type InboxEvent = ListBillingEventsResponses['200']['data'][number];
export type Drift = ListBillingDriftResponses['200']['data'][number];
export type BillingFlag = ListBillingFlagsResponses['200']['data'][number];
export type Dispute = ListDisputesResponses['200']['data'][number];

const PAGE = 50;
const MOST_NAMES = 100;
const STATUS_MS = 15_000;
const SWEEP_MS = 1_000;

export const ACCESSES = ['active', 'grace', 'suspended', 'revoked', 'none'] as const;
export const EVENT_STATES = ['pending', 'done', 'ignored', 'dead'] as const;

/** How billing stands; asked every second while a sweep runs. `waiting`: one was asked for. */
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

/** Subscriptions as they were seen last, newest first. */
export function useSubscriptions({ consumer, access, everyMs = false }: SubscriptionFilter): PagedList<Subscription> {
  const known = oneOf(ACCESSES, access);
  const query = { limit: PAGE, ...(consumer !== '' && { consumer }), ...(known && { access: known }) };
  return usePages<Subscription>({
    queryKey: ['billing', 'subscriptions', query],
    read: async ({ signal, ...page }) => (await listSubscriptions({ query: { ...query, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });
}

/** Events of Stripe’s, newest first. */
export function useInbox(state: string, everyMs: number | false): PagedList<InboxEvent> {
  const known = oneOf(EVENT_STATES, state);
  const query = { limit: PAGE, ...(known && { state: known }) };
  return usePages<InboxEvent>({
    queryKey: ['billing', 'events', query],
    read: async ({ signal, ...page }) => (await listBillingEvents({ query: { ...query, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });
}

/** What sweeps found to differ from Stripe, newest first. */
export const useDrift = (): PagedList<Drift> =>
  usePages<Drift>({
    queryKey: ['billing', 'drift'],
    read: async ({ signal, ...page }) => (await listBillingDrift({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
  });

/** What an operator should look at, newest first. */
export const useFlags = (): PagedList<BillingFlag> =>
  usePages<BillingFlag>({
    queryKey: ['billing', 'flags'],
    read: async ({ signal, ...page }) => (await listBillingFlags({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
  });

/** Disputes as they were seen last, newest first. */
export const useDisputes = (everyMs: number | false = false): PagedList<Dispute> =>
  usePages<Dispute>({
    queryKey: ['billing', 'disputes'],
    read: async ({ signal, ...page }) => (await listDisputes({ query: { limit: PAGE, ...page }, signal, throwOnError: true })).data,
    everyMs,
  });

/** The names of the newest consumers, by their id, for a choice among many: one without its name is shown by its id. */
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

/** What is left to a key, for what is shown before something is done; asked anew each time. */
export const useLimits = (id: string) => useQuery({ ...keyLimitsQuery(id), enabled: id !== '', staleTime: 0 });
