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
import type { HeldKey } from './held-keys.ts';
import { type Limits, limitsOfAnswer } from './limits.ts';

export type OwnKey = GetOwnKeyResponses['200']['data'];
export type ListedKey = ListKeysResponses['200']['data'][number];

const OWN_KEY_POLLING = polling(15_000);
const MOST_CHOICES = 20;
const HOUR_MS = 3_600_000;

/** Keys whose name, beginning or end has this text. */
export const useKeyChoices = (search: string) =>
  useQuery({
    queryKey: ['keys', 'choices', search],
    queryFn: async ({ signal }) => {
      const query = { limit: MOST_CHOICES, ...(search === '' ? {} : { search }) };
      return (await listKeys({ query, signal, throwOnError: true })).data.data;
    },
    placeholderData: (before) => before,
  });

const ownKeyOf = (id: number) => ['keys', 'own', id] as const;
/** A key that was refused as such stays so, and asking on would count as guessing. */
const isRefused = (error: unknown): boolean => isApiError(error) && error.status === 401;

/** What the key in use says of itself, read again every 15 s. Nothing of it outlives the page. */
export const useOwnKey = (key: HeldKey | null) =>
  useQuery({
    queryKey: ownKeyOf(key?.id ?? 0),
    queryFn: async ({ signal }): Promise<OwnKey> =>
      (await getOwnKey({ headers: bearer(key?.secret ?? ''), signal, throwOnError: true })).data.data,
    enabled: key !== null,
    refetchInterval: (query) => (isRefused(query.state.error) ? false : OWN_KEY_POLLING.refetchInterval(query)),
    refetchIntervalInBackground: false,
    gcTime: 0,
  });

/** Makes a key that lives an hour. Its plaintext is in the answer only. */
export function useTemporaryKey(onMade: (key: Omit<HeldKey, 'id'>) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (plan: string) => {
      const now = new Date();
      const body = { name: `console ${formatUtc(now)}`, plan, expiresAt: new Date(now.getTime() + HOUR_MS).toISOString() };
      return (await createKey({ body, throwOnError: true })).data.data;
    },
    onSuccess: ({ name, key, expiresAt }) => {
      onMade({ name, secret: key, expiresAt });
      void invalidate(queries, ['keys', 'overview', 'audit', 'plans']);
    },
    gcTime: 0,
  });
}

/** A call to be made. */
export interface Wanted {
  action: string;
  payload: Record<string, unknown>;
  json: string;
  key: HeldKey;
}

let lastExchange = 0;

/** Makes a call. A refusal, or no answer, is an outcome like any other here; only a fault of the page is thrown. */
export async function makeCall({ action, payload, json, key }: Wanted): Promise<{ exchange: Exchange; limits: Limits | null }> {
  const started = performance.now();
  lastExchange += 1;
  const asked = { id: lastExchange, at: new Date(), action, json, keyName: key.name };
  const body = { action, payload } as RunActionData['body'];
  try {
    const { data, response } = await runAction({ body, headers: bearer(key.secret), throwOnError: true });
    const exchange = { ...asked, ms: performance.now() - started, ...successOf(data, response) };
    return { exchange, limits: limitsOfAnswer(rateLimitsOf(response), Date.now(), null) };
  } catch (error) {
    if (!isApiError(error) && !(error instanceof NetworkError)) throw error;
    const exchange = { ...asked, ms: performance.now() - started, ...failureOf(error) };
    const limits = isApiError(error) ? limitsOfAnswer(error.rateLimits, Date.now(), retryOf(error)) : null;
    return { exchange, limits };
  }
}

const successOf = (data: unknown, { status, headers }: Response) => ({ status, headers: [...headers], body: bodyOf(data), error: null });

/** What the wait is for: a quota’s would tell nothing of the rate. */
const retryOf = (error: { code: string; retryAfterSeconds: number | null }): number | null =>
  error.code === 'RATE_LIMITED' ? error.retryAfterSeconds : null;

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Makes calls, and afterwards reads the key again: each call changes what is left. */
export function useCalls(onDone: (done: { exchange: Exchange; limits: Limits | null; key: HeldKey }) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: Wanted) => ({ ...(await makeCall(wanted)), key: wanted.key }),
    onSuccess: (done) => {
      onDone(done);
      void queries.invalidateQueries({ queryKey: ownKeyOf(done.key.id) });
      void queries.invalidateQueries({ queryKey: ['usage'] });
    },
    gcTime: 0,
  });
}
