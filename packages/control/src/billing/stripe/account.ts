import type Stripe from 'stripe';
import { idOf } from './events.ts';

/**
 * Customers of every subscription of the account, also ended ones, as often as they have some. Stripe leaves those that live by a test clock out of
 * the list: they are asked for clock by clock.
 */
export async function* subscribers(stripe: Stripe, testClock?: string): AsyncGenerator<string> {
  const one = testClock === undefined ? {} : { test_clock: testClock };
  for await (const { customer } of stripe.subscriptions.list({ status: 'all', limit: 100, ...one })) yield idOf(customer);
}

/** Ids of the account's test clocks. A live key may not ask for them. */
export async function* testClocks(stripe: Stripe): AsyncGenerator<string> {
  for await (const { id } of stripe.testHelpers.testClocks.list({ limit: 100 })) yield id;
}

/** Every dispute of the account. */
export async function* disputes(stripe: Stripe): AsyncGenerator<{ id: string; chargeId: string }> {
  for await (const { id, charge } of stripe.disputes.list({ limit: 100 })) yield { id, chargeId: idOf(charge) };
}
