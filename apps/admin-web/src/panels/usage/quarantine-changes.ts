import { discardQuarantinedUsage, retryQuarantinedUsage } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { invalidate } from '../../lib/query-client.ts';
import { toast } from '../../lib/toasts.ts';

/** What a record that is stored after all can change elsewhere. */
const TOUCHED = ['usage', 'overview', 'keys', 'audit'];

/** Stores a quarantined record after all. `onStored`: it is not in quarantine any more; one that is refused again stays. */
export function useRetry(id: string, onStored: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await retryQuarantinedUsage({ path: { id }, throwOnError: true })).data.data,
    onSuccess: ({ outcome }) => {
      if (outcome !== 'stored') return;
      toast({
        cause: `quarantine ${id}`,
        tone: 'good',
        title: 'Record stored',
        message: 'Its usage counts in the period that it belongs to.',
      });
      onStored();
    },
    onSettled: () => void invalidate(queries, TOUCHED),
  });
}

/** Gives a quarantined record up for good. */
export function useDiscard(id: string, onDiscarded: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await discardQuarantinedUsage({ path: { id }, throwOnError: true })).data.data,
    onSuccess: () => {
      toast({ cause: `quarantine ${id}`, tone: 'good', title: 'Record discarded' });
      onDiscarded();
    },
    onSettled: () => void invalidate(queries, TOUCHED),
  });
}
