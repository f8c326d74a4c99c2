import { driveSandbox, reconcileBilling, releaseDispute, replayBillingEvent, testWebhook } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Limits, readLimits } from '../../lib/key-limits.ts';
import { invalidate } from '../../lib/query-client.ts';

/** What a look at Stripe can change. */
const TOUCHED = ['billing', 'keys', 'consumers', 'overview', 'audit'];

/** Begins a sweep over everything; the answer comes before it is done. */
export function useReconcile() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await reconcileBilling({ throwOnError: true })).data.data,
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['billing', 'status'] }),
  });
}

/** What can differ after a sweep. */
export const useSweepEnded = () => {
  const queries = useQueryClient();
  return () => void invalidate(queries, TOUCHED);
};

/** Works on an event again, as if it had just come. */
export function useReplay(eventId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await replayBillingEvent({ path: { id: eventId }, throwOnError: true })).data.data,
    onSuccess: () => void invalidate(queries, TOUCHED),
  });
}

/** Lifts the hold of a dispute for good. */
export function useRelease(disputeId: string, onReleased: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await releaseDispute({ path: { id: disputeId }, throwOnError: true })).data.data,
    onSuccess: () => {
      void invalidate(queries, TOUCHED);
      onReleased();
    },
  });
}

/** What our own webhook said to a test event, and how the key stood before and after it. */
export interface WebhookTest {
  status: number;
  milliseconds: number;
  eventId: string;
  before: Limits | null;
  after: Limits | null;
}

/** The inbox is worked off within this time when nothing is in the way. */
const SETTLES_MS = 800;

/** Sends a test event to our own webhook. With a key, its limits are read right before and after. */
export function useWebhookTest() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (keyId: string): Promise<WebhookTest> => {
      const read = async () => (keyId === '' ? null : readLimits(keyId));
      const before = await read();
      const { data } = await testWebhook({ throwOnError: true });
      await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
      return { ...data.data, before, after: await read() };
    },
    onSettled: () => void invalidate(queries, TOUCHED),
  });
}

/** A control of the sandbox and what it takes. */
export interface SandboxDeed {
  control: string;
  body: Record<string, unknown>;
  /** What it is in words, for the list of what was done. */
  words: string;
}

/** Drives the sandbox; it goes through our own server, which keeps the sandbox’s token. */
export function useSandbox(onDone: (deed: SandboxDeed, answer: unknown) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ control, body }: SandboxDeed) => (await driveSandbox({ path: { control }, body, throwOnError: true })).data.data,
    onSuccess: (answer, deed) => onDone(deed, answer),
    onSettled: () => void invalidate(queries, TOUCHED),
  });
}
