import type Stripe from 'stripe';
import type { StripeClient } from './client.ts';
import { API_VERSION } from './client.ts';
import { type Notice, noticeOf } from './events.ts';

const TOLERANCE_SECONDS = 300;

export interface Delivery {
  /** The raw bytes, which the signature covers. */
  body: Uint8Array;
  /** `Stripe-Signature`. */
  signature: string;
  secrets: readonly string[];
  /** Epoch ms. */
  now: number;
}

/** The event, or the reason for the refusal. */
export type Verdict = { notice: Notice } | { refusal: string };

/**
 * Verifies a webhook's signature against every secret (two during a rotation) and its age, 300 s
 * both ways. Stripe's library accepts times in the future, which would keep a stolen delivery
 * valid.
 */
export function readWebhook(stripe: Stripe, { body, signature, secrets, now }: Delivery): Verdict {
  let refusal = 'no webhook secret is configured';
  for (const secret of secrets) {
    try {
      const event = stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS, undefined, now);
      if (secondsAhead(signature, now) > TOLERANCE_SECONDS) return { refusal: 'signed in the future' };
      const notice = noticeOf(event);
      return notice ? { notice } : { refusal: NO_EVENT };
    } catch (error) {
      refusal = reasonOf(error, signature);
      // The signature matches this secret, so the others need no check.
      if (refusal === TOO_OLD || refusal === NO_EVENT) break;
    }
  }
  return { refusal };
}

const TOO_OLD = 'signed too long ago';
const NO_EVENT = 'not an event';

/** The library parses JSON and thin events only after the signature has matched. */
function reasonOf(error: unknown, signature: string): string {
  const message = error instanceof Error ? error.message : '';
  if (error instanceof SyntaxError || /thin event/.test(message)) return NO_EVENT;
  if (signature === '') return 'no signature';
  return /tolerance/.test(message) ? TOO_OLD : 'wrong signature';
}

/** Uses the last `t`, as the library does. A time that is not a number is refused. */
function secondsAhead(signature: string, now: number): number {
  const time = /(?:^|.*,)t=(\d+)(?:,|$)/.exec(signature)?.[1];
  return time === undefined ? Number.POSITIVE_INFINITY : Number(time) - Math.floor(now / 1_000);
}

/** Type of the test event that an operator sends to this webhook. Stripe has no such type. */
export const TEST_EVENT_TYPE = 'api_factory.test';

/** A test event as Stripe would send it: body and signature header. */
export interface SignedEvent {
  id: string;
  payload: string;
  signature: string;
}

/** @param now epoch ms */
export function signTestEvent(stripe: StripeClient, { id, secret, now }: { id: string; secret: string; now: number }): SignedEvent {
  const seconds = Math.floor(now / 1_000);
  const payload = JSON.stringify({
    id,
    object: 'event',
    api_version: API_VERSION,
    created: seconds,
    data: { object: { id: 'test', object: 'api_factory.test' } },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: TEST_EVENT_TYPE,
  });
  return { id, payload, signature: stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds }) };
}
