import type { Subscription } from '../objects/types.ts';
import type { State } from '../state.ts';
import { missing } from './stripe-error.ts';

/** The subscription. @throws StripeError 404, or 400 for the parameter that names it */
export function subscriptionById(state: State, id: string | undefined | null, param?: string): Subscription {
  const subscription = state.subscriptions[id ?? ''];
  if (!subscription) throw missing('subscription', id ?? '', param);
  return subscription;
}
