import type Stripe from 'stripe';
import { idOf } from './events.ts';
import { findCustomer } from './resolve.ts';

/**
 * Customers of every subscription of the account, also ended ones, as often as they have some. Stripe leaves those that live by a test clock out of
 * the list, so a test account is asked clock by clock too.
 */
export async function* subscribers(stripe: Stripe, livemode: boolean): AsyncGenerator<string> {
  for await (const { customer } of stripe.subscriptions.list({ status: 'all', limit: 100 })) yield idOf(customer);
  if (livemode) return;
  for await (const clock of stripe.testHelpers.testClocks.list({ limit: 100 })) {
    for await (const { customer } of stripe.subscriptions.list({ status: 'all', test_clock: clock.id, limit: 100 })) yield idOf(customer);
  }
}

/** Every dispute of the account with its customer, if it has one. */
export async function* disputed(stripe: Stripe): AsyncGenerator<{ id: string; customerId: string }> {
  for await (const { id, charge } of stripe.disputes.list({ limit: 100 })) {
    const customerId = await findCustomer(stripe, 'charge', idOf(charge));
    if (customerId !== null) yield { id, customerId };
  }
}
