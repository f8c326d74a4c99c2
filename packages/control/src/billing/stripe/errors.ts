import { ProblemError } from '@api-factory/core';
import Stripe from 'stripe';
import type { Context } from '../../context.ts';

const RETRY_AFTER_SECONDS = 5;
const LONGEST = 300;

/** Stripe has never heard of something that we know from it. */
export class UnknownToStripeError extends Error {
  override name = 'UnknownToStripeError';

  constructor(id: string) {
    super(`Stripe does not know ${id}: does the key belong to another account?`);
  }
}

/**
 * Asks Stripe for something, and turns its errors into ours; what Stripe said goes to the log.
 * @throws ProblemError STRIPE_UNAVAILABLE when the same request may succeed later, else STRIPE_REJECTED; Stripe's error is its cause
 */
export async function askStripe<T>(context: Context, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toProblem(context, error);
  }
}

function toProblem(context: Context, error: unknown): unknown {
  const ofStripe = error instanceof Stripe.errors.StripeError;
  if (!ofStripe && !(error instanceof UnknownToStripeError)) return error;
  const { type, code, statusCode, requestId } = ofStripe ? error : ({} as Partial<Stripe.errors.StripeError>);
  context.log.warn(
    { stripe: { type, code, statusCode, requestId, message: explainFailure(error) } },
    'Stripe did not do what it was asked',
  );
  const problem =
    ofStripe && isPassing(error)
      ? new ProblemError('STRIPE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      : new ProblemError('STRIPE_REJECTED');
  problem.cause = error;
  return problem;
}

/** Stripe has no such object: it never had, or it belongs to another account or mode. */
export const isMissing = (error: unknown): boolean => error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';

/** One line on what failed, for the log and the operator: Stripe's own words if it has some, and no key in it. */
export function explainFailure(error: unknown): string {
  const root = error instanceof ProblemError && error.cause instanceof Error ? error.cause : error;
  const words = root instanceof Error ? root.message : String(root);
  return words.replace(/\b(sk|rk|pk|whsec)_[\w*]+/g, '…').slice(0, LONGEST);
}

/** No connection, no answer in time, an answer of 5xx or 429, or another request with the same idempotency key under way. */
function isPassing(error: Stripe.errors.StripeError): boolean {
  const { statusCode } = error;
  if (error instanceof Stripe.errors.StripeConnectionError || error instanceof Stripe.errors.StripeRateLimitError) return true;
  return statusCode !== undefined && (statusCode >= 500 || statusCode === 429 || statusCode === 409);
}
