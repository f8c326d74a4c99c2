import {
  createKey,
  type GetOwnKeyResponses,
  getOwnKey,
  isApiError,
  type ListKeysResponses,
  listKeys,
  NetworkError,
  type RunActionData,
  rateLimitsOf,
  runAction,
} from '@api-factory/sdk-ts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { formatUtc } from '../../lib/format.ts';
import { polling } from '../../lib/polling.ts';
import { invalidate } from '../../lib/query-client.ts';
import { bodyOf, type Exchange, failureOf } from './exchange.ts';
import type { KeyringKey } from './keyring.ts';
import { limitsOfResponse, type RemainingLimits } from './limits.ts';

export type OwnKey = GetOwnKeyResponses['200']['data'];
export type ListedKey = ListKeysResponses['200']['data'][number];

const OWN_KEY_POLLING = polling(15_000);
const MOST_CHOICES = 20;
const HOUR_MS = 3_600_000;

/** @param search part of the name, the key prefix or the last 4 characters */
export const useKeyChoices = (search: string) =>
  useQuery({
    queryKey: ['keys', 'choices', search],
    queryFn: async ({ signal }) => {
      const query = { limit: MOST_CHOICES, ...(search === '' ? {} : { search }) };
      return (await listKeys({ query, signal, throwOnError: true })).data.data;
    },
    placeholderData: (before) => before,
  });

const ownKeyQuery = (id: number) => ['keys', 'own', id] as const;
/** A key refused with 401 is not polled: repeated 401s count as guessing keys. */
const isRefused = (error: unknown): boolean => isApiError(error) && error.status === 401;

/** The current key, as the API shows it to its owner. Never cached beyond the page. */
export const useOwnKey = (key: KeyringKey | null) =>
  useQuery({
    queryKey: ownKeyQuery(key?.id ?? 0),
    queryFn: async ({ signal }): Promise<OwnKey> =>
      (await getOwnKey({ headers: bearer(key?.secret ?? ''), signal, throwOnError: true })).data.data,
    enabled: key !== null,
    refetchInterval: (query) => (isRefused(query.state.error) ? false : OWN_KEY_POLLING.refetchInterval(query)),
    refetchIntervalInBackground: false,
    gcTime: 0,
  });

/** Creates a key that expires in an hour. Its plaintext is only passed to `onCreated`. */
export function useTemporaryKey(onCreated: (key: Omit<KeyringKey, 'id'>) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (plan: string) => {
      const now = new Date();
      const body = { name: `console ${formatUtc(now)}`, plan, expiresAt: new Date(now.getTime() + HOUR_MS).toISOString() };
      return (await createKey({ body, throwOnError: true })).data.data;
    },
    onSuccess: ({ name, key, expiresAt }) => {
      onCreated({ name, secret: key, expiresAt });
      void invalidate(queries, ['keys', 'overview', 'audit', 'plans']);
    },
    gcTime: 0,
  });
}

export interface CallRequest {
  action: string;
  payload: Record<string, unknown>;
  json: string;
  key: KeyringKey;
}

let lastExchange = 0;

/** An API error or a lost connection is a result; only bugs of the console are thrown. */
async function sendCall({ action, payload, json, key }: CallRequest): Promise<{ exchange: Exchange; limits: RemainingLimits | null }> {
  const started = performance.now();
  lastExchange += 1;
  const call = { id: lastExchange, at: new Date(), action, json, keyName: key.name };
  const body = { action, payload } as RunActionData['body'];
  try {
    const { data, response } = await runAction({ body, headers: bearer(key.secret), throwOnError: true });
    const exchange = { ...call, ms: performance.now() - started, ...successOf(data, response) };
    return { exchange, limits: limitsOfResponse(rateLimitsOf(response), Date.now(), null) };
  } catch (error) {
    if (!isApiError(error) && !(error instanceof NetworkError)) throw error;
    const exchange = { ...call, ms: performance.now() - started, ...failureOf(error) };
    const limits = isApiError(error) ? limitsOfResponse(error.rateLimits, Date.now(), rateRetryAfter(error)) : null;
    return { exchange, limits };
  }
}

const successOf = (data: unknown, { status, headers }: Response) => ({ status, headers: [...headers], body: bodyOf(data), error: null });

/** Only for the rate limit: the wait for a quota does not apply to it. */
const rateRetryAfter = (error: { code: string; retryAfterSeconds: number | null }): number | null =>
  error.code === 'RATE_LIMITED' ? error.retryAfterSeconds : null;

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Sends calls, and reloads the key after each. */
export function useCall(onDone: (done: { exchange: Exchange; limits: RemainingLimits | null; key: KeyringKey }) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (request: CallRequest) => ({ ...(await sendCall(request)), key: request.key }),
    onSuccess: (done) => {
      onDone(done);
      void queries.invalidateQueries({ queryKey: ownKeyQuery(done.key.id) });
      void queries.invalidateQueries({ queryKey: ['usage'] });
    },
    gcTime: 0,
  });
}
