import { driveSandbox, reconcileBilling, releaseDispute, replayBillingEvent, testWebhook } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Limits, readLimits } from '../../lib/key-limits.ts';
import { invalidate } from '../../lib/query-client.ts';

/** Query roots that any sync with Stripe can change. */
const AFFECTED = ['billing', 'keys', 'consumers', 'overview', 'audit'];

/** Starts a sweep. The response arrives before the sweep has finished. */
export function useReconcile() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await reconcileBilling({ throwOnError: true })).data.data,
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['billing', 'status'] }),
  });
}

/** Reloads what a sweep may have changed. */
export const useInvalidateBilling = () => {
  const queries = useQueryClient();
  return () => void invalidate(queries, AFFECTED);
};

export function useReplay(eventId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await replayBillingEvent({ path: { id: eventId }, throwOnError: true })).data.data,
    onSuccess: () => void invalidate(queries, AFFECTED),
  });
}

/** Releases the hold of a dispute permanently. */
export function useRelease(disputeId: string, onReleased: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await releaseDispute({ path: { id: disputeId }, throwOnError: true })).data.data,
    onSuccess: () => {
      void invalidate(queries, AFFECTED);
      onReleased();
    },
  });
}

/**
 * The response of our own webhook to a test event, with the limits of the watched key before and
 * after.
 */
export interface WebhookTest {
  /** HTTP status; 0: no response. */
  status: number;
  milliseconds: number;
  eventId: string;
  before: Limits | null;
  after: Limits | null;
}

/** The inbox is usually processed within this time. */
const PROCESSING_MS = 800;

/**
 * Sends a test event to our own webhook.
 * @returns a mutation that takes the ID of the key to watch, or ''
 */
export function useWebhookTest() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (keyId: string): Promise<WebhookTest> => {
      const read = async () => (keyId === '' ? null : readLimits(keyId));
      const before = await read();
      const { data } = await testWebhook({ throwOnError: true });
      await new Promise((resolve) => setTimeout(resolve, PROCESSING_MS));
      return { ...data.data, before, after: await read() };
    },
    onSettled: () => void invalidate(queries, AFFECTED),
  });
}

/** A request to one of the sandbox’s controls. */
export interface SandboxCommand {
  control: string;
  body: Record<string, unknown>;
  /** Shown once it is done: “Dispute opened”. */
  label: string;
}

/** Runs a sandbox command through our own server, which has the sandbox’s token. */
export function useSandboxCommand(onDone: (command: SandboxCommand, answer: unknown) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ control, body }: SandboxCommand) =>
      (await driveSandbox({ path: { control }, body, throwOnError: true })).data.data,
    onSuccess: (answer, command) => onDone(command, answer),
    onSettled: () => void invalidate(queries, AFFECTED),
  });
}
