import { makeCard } from '../objects/customer.ts';
import type { Customer } from '../objects/types.ts';
import { change, type Runtime } from '../runtime.ts';
import { isAlive } from './settle.ts';

/**
 * Makes a new card the customer's default and replaces the cards that subscriptions have of their
 * own, as in Stripe's portal.
 */
export function changeCard(runtime: Runtime, customer: Customer, declines: boolean): void {
  const card = makeCard(runtime, customer.id, declines);
  runtime.emit('payment_method.attached', card);
  const settings = { ...customer.invoice_settings, default_payment_method: card.id };
  change(runtime, { type: 'customer.updated', object: customer, patch: { invoice_settings: settings } });
  for (const subscription of Object.values(runtime.state.subscriptions)) {
    if (subscription.customer !== customer.id || !isAlive(subscription) || subscription.default_payment_method === null) continue;
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { default_payment_method: card.id } });
  }
}
