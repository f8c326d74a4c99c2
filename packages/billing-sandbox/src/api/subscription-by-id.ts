import type { Subscription } from '../objects/types.ts';
import type { State } from '../state.ts';
import { missing } from './stripe-error.ts';

/** @throws StripeError 404, or 400 if `param` names the id's parameter */
export function subscriptionById(state: State, id: string | undefined | null, param?: string): Subscription {
  const subscription = state.subscriptions[id ?? ''];
  if (!subscription) throw missing('subscription', id ?? '', param);
  return subscription;
}
