import { syncConsumer } from '@api-factory/sdk-ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { counted } from './format.ts';
import { invalidate } from './query-client.ts';
import { toast } from './toasts.ts';

/** Asks Stripe how a consumer stands, and writes down what follows. */
export function useSyncConsumer(consumerId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await syncConsumer({ path: { consumerId }, throwOnError: true })).data.data,
    onSuccess: ({ subscriptions }) => {
      void invalidate(queries, ['billing', 'keys', 'consumers', 'audit', 'overview']);
      const message = `Stripe knows ${counted(subscriptions.length, 'subscription')} of this consumer.`;
      toast({ cause: 'sync', tone: 'good', title: 'Synced with Stripe', message });
    },
  });
}
