import {
  type CreateConsumerData,
  createConsumer,
  type GetConsumerResponses,
  getConsumer,
  type ListKeysResponses,
  type ListSubscriptionsResponses,
  listConsumers,
  listKeys,
  listSubscriptions,
  updateConsumer,
} from '@api-factory/sdk-ts';
import type { ListPage, PageRequest } from '../../lib/pages.ts';

export type Consumer = GetConsumerResponses['200']['data'];
export type Key = ListKeysResponses['200']['data'][number];
export type Subscription = ListSubscriptionsResponses['200']['data'][number];
export type ConsumerFields = CreateConsumerData['body'];

const PAGE = 100;

export const consumersKey = (search: string) => ['consumers', 'list', search] as const;
export const consumerKey = (id: string) => ['consumers', 'one', id] as const;
export const keysKey = (id: string) => ['keys', 'of-consumer', id] as const;
export const subscriptionsKey = (id: string) => ['billing', 'subscriptions', 'of-consumer', id] as const;

/** One page, newest first. */
export async function readConsumers(search: string, { signal, ...cursor }: PageRequest): Promise<ListPage<Consumer>> {
  return (await listConsumers({ query: { ...cursor, limit: PAGE, ...(search ? { search } : {}) }, signal, throwOnError: true })).data;
}

/** @throws ApiError NOT_FOUND */
export async function readConsumer(id: string, signal: AbortSignal): Promise<Consumer> {
  return (await getConsumer({ path: { id }, signal, throwOnError: true })).data.data;
}

/** The request body for the form’s fields; an empty email is null. */
export function consumerFieldsOf(name: string, email: string): ConsumerFields {
  return { name: name.trim(), email: email.trim() === '' ? null : email.trim() };
}

/** Creates a consumer when `id` is null, else updates it. */
export async function saveConsumer(id: string | null, body: ConsumerFields): Promise<Consumer> {
  if (id === null) return (await createConsumer({ body, throwOnError: true })).data.data;
  return (await updateConsumer({ path: { id }, body, throwOnError: true })).data.data;
}

/** One page of a consumer’s keys, newest first. */
export async function readKeys(consumer: string, { signal, ...cursor }: PageRequest): Promise<ListPage<Key>> {
  return (await listKeys({ query: { ...cursor, limit: PAGE, consumer }, signal, throwOnError: true })).data;
}

/** One page of a consumer’s subscriptions, newest first. @throws ApiError BILLING_OFF */
export async function readSubscriptions(consumer: string, { signal, ...cursor }: PageRequest): Promise<ListPage<Subscription>> {
  return (await listSubscriptions({ query: { ...cursor, limit: PAGE, consumer }, signal, throwOnError: true })).data;
}
