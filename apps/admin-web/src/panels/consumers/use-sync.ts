import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '../../lib/toasts.ts';
import { syncWithStripe } from './queries.ts';

/** Asks Stripe how a consumer stands, and writes down what follows. */
export function useSync(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => syncWithStripe(id),
    onSuccess: (count) => {
      for (const prefix of ['billing', 'keys', 'consumers', 'audit', 'overview']) void client.invalidateQueries({ queryKey: [prefix] });
      const known = count === 1 ? '1 subscription' : `${count} subscriptions`;
      toast({ cause: 'sync', tone: 'good', title: 'Synced with Stripe', message: `Stripe knows ${known} of this consumer.` });
    },
  });
}
