import { syncConsumer } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { counted } from './format.ts';
import { invalidate } from './query-client.ts';
import { toast } from './toasts.ts';

/** Syncs a consumer’s subscriptions from Stripe. */
export function useSyncConsumer(consumerId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await syncConsumer({ path: { consumerId }, throwOnError: true })).data.data,
    onSuccess: ({ subscriptions }) => {
      void invalidate(queries, ['billing', 'keys', 'consumers', 'audit', 'overview']);
      const message = `This consumer has ${counted(subscriptions.length, 'subscription')} in Stripe.`;
      toast({ cause: 'sync', tone: 'good', title: 'Synced with Stripe', message });
    },
  });
}
