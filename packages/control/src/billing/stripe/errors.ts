import { ProblemError } from '@api-factory/core';
import Stripe from 'stripe';
import type { Context } from '../../context.ts';

const RETRY_AFTER_SECONDS = 5;
const MAX_LENGTH = 300;

/** Stripe does not have an object that is stored here. */
export class UnknownToStripeError extends Error {
  override name = 'UnknownToStripeError';

  constructor(id: string) {
    super(`No such object in Stripe: ${id}. Does the key belong to another account?`);
  }
}

/**
 * Sends a request to Stripe, and maps its errors to problems; the original is logged.
 * @throws ProblemError STRIPE_UNAVAILABLE when the same request may succeed later, else
 * STRIPE_REJECTED; Stripe's error is its cause
 */
export async function askStripe<T>(context: Context, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw toProblem(context, error);
  }
}

function toProblem(context: Context, error: unknown): unknown {
  const fromStripe = error instanceof Stripe.errors.StripeError;
  if (!fromStripe && !(error instanceof UnknownToStripeError)) return error;
  const { type, code, statusCode, requestId } = fromStripe ? error : ({} as Partial<Stripe.errors.StripeError>);
  context.log.warn({ stripe: { type, code, statusCode, requestId, message: explainFailure(error) } }, 'a request to Stripe failed');
  const problem =
    fromStripe && isTransient(error)
      ? new ProblemError('STRIPE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      : new ProblemError('STRIPE_REJECTED');
  problem.cause = error;
  return problem;
}

/** The object does not exist, or belongs to another account or mode. */
export const isMissing = (error: unknown): boolean => error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';

/** One line for the log and the operator: Stripe's message if there is one, with keys removed. */
export function explainFailure(error: unknown): string {
  const root = error instanceof ProblemError && error.cause instanceof Error ? error.cause : error;
  const message = root instanceof Error ? root.message : String(root);
  return message.replace(/\b(sk|rk|pk|whsec)_[\w*]+/g, '…').slice(0, MAX_LENGTH);
}

/**
 * No connection, a timeout, 5xx or 429, or 409: a concurrent request with the same idempotency key.
 */
function isTransient(error: Stripe.errors.StripeError): boolean {
  const { statusCode } = error;
  if (error instanceof Stripe.errors.StripeConnectionError || error instanceof Stripe.errors.StripeRateLimitError) return true;
  return statusCode !== undefined && (statusCode >= 500 || statusCode === 429 || statusCode === 409);
}
