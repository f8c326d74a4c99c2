import { decide, methodOf, type Verdict } from '../engine/pay-invoice.ts';
import { startSubscription } from '../engine/start-subscription.ts';
import type { Subscription } from '../objects/types.ts';
import { basketLines, missingPaymentMethod } from './basket.ts';
import { customerOf } from './customers.ts';
import { integer, metadata, required, text } from './params.ts';
import type { Call } from './route.ts';
import { invalid, StripeError } from './stripe-error.ts';

/** Accepted parameters. */
export const createSubscriptionParams = [
  'customer',
  'items[].price',
  'items[].quantity',
  'metadata.*',
  'description',
  'default_payment_method',
  'trial_period_days',
  'trial_end',
  'billing_cycle_anchor',
  'proration_behavior',
  'payment_behavior',
  'trial_settings.end_behavior.missing_payment_method',
] as const;

/**
 * `POST /v1/subscriptions`: bills immediately unless there is a trial or `payment_behavior` is
 * `default_incomplete`.
 */
export function createSubscription({ runtime, params }: Call): Subscription {
  const customer = customerOf(runtime.state, required(params, 'customer'), 'customer');
  const paymentMethod = text(params, 'default_payment_method') ?? null;
  const basket = {
    lines: basketLines(runtime, { params, name: 'items' }),
    trialPeriodDays: integer(params, 'trial_period_days') ?? null,
    trialEnd: integer(params, 'trial_end') ?? null,
    billingCycleAnchor: integer(params, 'billing_cycle_anchor') ?? null,
    missingPaymentMethod: missingPaymentMethod(params, 'trial_settings.end_behavior.missing_payment_method'),
    metadata: metadata(params, 'metadata'),
    description: text(params, 'description') ?? null,
  };
  const trial = basket.trialEnd !== null || basket.trialPeriodDays !== null;
  const behavior = text(params, 'payment_behavior') ?? 'allow_incomplete';
  const card = methodOf(runtime, { customer: customer.id, default_payment_method: paymentMethod });
  if (!trial && card === null && behavior !== 'default_incomplete') {
    const message = 'This customer has no attached payment source or default payment method.';
    throw invalid(`${message} Please consider adding a default payment method.`, undefined, 'resource_missing');
  }
  const verdict = trial ? undefined : firstVerdict(behavior, () => decide(runtime, { customer: customer.id, card }));
  const { subscription } = startSubscription(runtime, { customer: customer.id, basket, paymentMethod, verdict });
  return subscription;
}

/**
 * The outcome of the first payment. Throws before anything is created when the card is declined
 * and `payment_behavior` is `error_if_incomplete`.
 */
function firstVerdict(behavior: string, decideNow: () => Verdict): Verdict | 'wait' {
  if (behavior === 'default_incomplete') return 'wait';
  const verdict = decideNow();
  if (verdict === 'declines' && behavior === 'error_if_incomplete') throw declined();
  return verdict;
}

/** The error for a declined card. */
export function declined(): StripeError {
  return new StripeError({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
    declineCode: 'generic_decline',
    message: 'Your card was declined.',
  });
}
