import { createKey, resumeKey, revokeKey, rotateKey, suspendKey, type UpdateKeyData, updateKey } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { invalidate } from '../../lib/query-client.ts';
import type { IssuedKey, Key, NewKey } from './queries.ts';

export type KeyPatch = UpdateKeyData['body'];

/** Query roots to invalidate after a change: consumers and plans show how many keys they have. */
const AFFECTED = ['keys', 'overview', 'audit', 'consumers', 'plans'];

/**
 * Creates a key. Its plaintext is only passed to `onIssued`; the mutation cache never contains it.
 */
export function useCreateKey(onIssued: (issued: IssuedKey) => void) {
  const idempotencyKey = useIdempotencyKey();
  return useIssuing(
    async (body: NewKey) => (await createKey({ body, headers: { 'idempotency-key': idempotencyKey(body) }, throwOnError: true })).data.data,
    onIssued,
  );
}

/** Replaces a key with a new one; the old key keeps working for `overlapSeconds`. */
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
    onSuccess: () => void invalidate(queries, AFFECTED),
  });
}

/**
 * Returns the same `Idempotency-Key` for the same request, so that a retry after a lost response
 * returns the created key instead of creating a second one.
 */
function useIdempotencyKey(): (request: unknown) => string {
  const last = useRef<{ request: string; key: string } | null>(null);
  return (request) => {
    const text = JSON.stringify(request);
    if (last.current?.request !== text) last.current = { request: text, key: randomKey() };
    return last.current.key;
  };
}

/** Not `randomUUID`: browsers offer it only over HTTPS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const STATUS_CHANGES = { suspend: suspendKey, resume: resumeKey, revoke: revokeKey } as const;

export const useStatusChange = (change: keyof typeof STATUS_CHANGES, id: string, onDone: (key: Key) => void) =>
  useChange<void>(async () => (await STATUS_CHANGES[change]({ path: { id }, throwOnError: true })).data.data, id, onDone);

export const useUpdateKey = (id: string, onDone: (key: Key) => void) =>
  useChange(async (body: KeyPatch) => (await updateKey({ path: { id }, body, throwOnError: true })).data.data, id, onDone);

function useChange<T>(change: (request: T) => Promise<Key>, id: string, onDone: (key: Key) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (key) => {
      queries.setQueryData(['keys', 'one', id], key);
      void invalidate(queries, AFFECTED);
      onDone(key);
    },
  });
}
