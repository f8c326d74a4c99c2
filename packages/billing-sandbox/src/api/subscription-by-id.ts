import type { Subscription } from '../objects/types.ts';
import type { State } from '../state.ts';
import { missing } from './stripe-error.ts';

/** The subscription, or a refusal in Stripe's shape; a parameter's name makes it a 400. */
export function subscriptionById(state: State, id: string | undefined | null, param?: string): Subscription {
  const subscription = state.subscriptions[id ?? ''];
  if (!subscription) throw missing('subscription', id ?? '', param);
  return subscription;
}
