import { createKey, resumeKey, revokeKey, rotateKey, suspendKey, type UpdateKeyData, updateKey } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { invalidate } from '../../lib/query-client.ts';
import { useIdempotencyKey } from './idempotency.ts';
import type { IssuedKey, Key, NewKey } from './queries.ts';

/** What of a key is changed. */
export type KeyPatch = UpdateKeyData['body'];

/** What a key’s change can change elsewhere: counts of consumers and plans, the overview, the audit. */
const TOUCHED = ['keys', 'overview', 'audit', 'consumers', 'plans'];

/**
 * Makes a key. Its plaintext goes to `onIssued` and is kept nowhere here: not with the finished request either.
 */
export function useCreateKey(onIssued: (issued: IssuedKey) => void) {
  const idempotencyKey = useIdempotencyKey();
  return useIssuing(
    async (body: NewKey) => (await createKey({ body, headers: { 'idempotency-key': idempotencyKey(body) }, throwOnError: true })).data.data,
    onIssued,
  );
}

/** Puts a new key in the place of one; the old one works on for so many seconds. */
export function useRotateKey(id: string, onIssued: (issued: IssuedKey) => void) {
  const idempotencyKey = useIdempotencyKey();
  return useIssuing(async (overlapSeconds: number) => {
    const headers = { 'idempotency-key': idempotencyKey({ id, overlapSeconds }) };
    return (await rotateKey({ path: { id }, body: { overlapSeconds }, headers, throwOnError: true })).data.data;
  }, onIssued);
}

function useIssuing<T>(issue: (request: T) => Promise<IssuedKey>, onIssued: (issued: IssuedKey) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (request: T): Promise<void> => onIssued(await issue(request)),
    gcTime: 0,
    onSuccess: () => void invalidate(queries, TOUCHED),
  });
}

/** What is done to a key by one call that needs no more than its id. */
const DEEDS = { suspend: suspendKey, resume: resumeKey, revoke: revokeKey } as const;

/** Suspends, resumes or revokes a key. */
export const useDeed = (deed: keyof typeof DEEDS, id: string, onDone: (key: Key) => void) =>
  useChange<void>(async () => (await DEEDS[deed]({ path: { id }, throwOnError: true })).data.data, id, onDone);

/** Changes name, expiry or plan. */
export const useUpdateKey = (id: string, onDone: (key: Key) => void) =>
  useChange(async (body: KeyPatch) => (await updateKey({ path: { id }, body, throwOnError: true })).data.data, id, onDone);

function useChange<T>(change: (request: T) => Promise<Key>, id: string, onDone: (key: Key) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (key) => {
      queries.setQueryData(['keys', 'one', id], key);
      void invalidate(queries, TOUCHED);
      onDone(key);
    },
  });
}
