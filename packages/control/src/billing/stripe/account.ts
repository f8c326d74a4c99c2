import type Stripe from 'stripe';
import { idOf } from './events.ts';

/**
 * The customer of every subscription of the account, ended ones included; may repeat. Stripe's list
 * omits customers on test clocks, which need a list per clock.
 */
export async function* subscribers(stripe: Stripe, testClock?: string): AsyncGenerator<string> {
  const one = testClock === undefined ? {} : { test_clock: testClock };
  for await (const { customer } of stripe.subscriptions.list({ status: 'all', limit: 100, ...one })) yield idOf(customer);
}

/** Ids of the account's test clocks. Not available to live keys. */
export async function* testClocks(stripe: Stripe): AsyncGenerator<string> {
  for await (const { id } of stripe.testHelpers.testClocks.list({ limit: 100 })) yield id;
}

export async function* disputes(stripe: Stripe): AsyncGenerator<{ id: string; chargeId: string }> {
  for await (const { id, charge } of stripe.disputes.list({ limit: 100 })) yield { id, chargeId: idOf(charge) };
}

interface CustomerReference {
  customer?: unknown;
  charge?: unknown;
  payment_intent?: unknown;
}

/**
 * Finds the customer of an object whose event names none, through the charge or payment intent of a
 * dispute, refund or early fraud warning. A new object type is added to `retrieve`.
 * @returns null when the object belongs to no customer
 * @throws Stripe's error, also when the object is missing: the event may be of another account
 */
export async function findCustomer(stripe: Stripe, objectType: string, objectId: string): Promise<string | null> {
  const object = await retrieve(stripe, objectType, objectId);
  if (object === null) return null;
  const named = idOf(object.customer);
  if (named !== '') return named;
  const [charge, intent] = [idOf(object.charge), idOf(object.payment_intent)];
  if (charge !== '') return findCustomer(stripe, 'charge', charge);
  return intent !== '' && objectType !== 'charge' ? findCustomer(stripe, 'payment_intent', intent) : null;
}

async function retrieve(stripe: Stripe, objectType: string, id: string): Promise<CustomerReference | null> {
  if (id === '') return null;
  switch (objectType) {
    case 'dispute':
      return stripe.disputes.retrieve(id);
    case 'charge':
      return stripe.charges.retrieve(id);
    case 'payment_intent':
      return stripe.paymentIntents.retrieve(id);
    case 'refund':
      return stripe.refunds.retrieve(id);
    case 'radar.early_fraud_warning':
      return stripe.radar.earlyFraudWarnings.retrieve(id);
    default:
      return null;
  }
}
