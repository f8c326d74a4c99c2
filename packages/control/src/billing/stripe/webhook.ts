import type Stripe from 'stripe';
import type { StripeClient } from './client.ts';
import { API_VERSION } from './client.ts';
import { type Notice, noticeOf } from './events.ts';

const TOLERANCE_SECONDS = 300;

export interface Delivery {
  /** The bytes as they came: the signature is over them. */
  body: Uint8Array;
  /** `Stripe-Signature`. */
  signature: string;
  secrets: readonly string[];
  /** Epoch ms. */
  now: number;
}

/** A notice, or in a few words why the delivery is none. */
export type Verdict = { notice: Notice } | { refusal: string };

/**
 * Checks a webhook's signature against every secret (two of them while one is rotated) and its age, 300 s both ways. Stripe's library lets times in
 * the future pass, which would make a stolen delivery good for as long as one likes.
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
      // The signature fits this secret, so none of the others.
      if (refusal === TOO_OLD || refusal === NO_EVENT) break;
    }
  }
  return { refusal };
}

const TOO_OLD = 'signed too long ago';
const NO_EVENT = 'not an event';

/** A header that the library can't compare at all makes it throw a bare error; JSON and thin events are read after the signature fits. */
function reasonOf(error: unknown, signature: string): string {
  const message = error instanceof Error ? error.message : '';
  if (error instanceof SyntaxError || /thin event/.test(message)) return NO_EVENT;
  if (signature === '') return 'no signature';
  return /tolerance/.test(message) ? TOO_OLD : 'wrong signature';
}

/** The library takes the last `t`; so does this. A time that is no number never passes. */
function secondsAhead(signature: string, now: number): number {
  const time = /(?:^|.*,)t=(\d+)(?:,|$)/.exec(signature)?.[1];
  return time === undefined ? Number.POSITIVE_INFINITY : Number(time) - Math.floor(now / 1_000);
}

/** Type of the event that an operator sends to the own webhook. Stripe has none of that name. */
export const OWN_TEST = 'api_factory.test';

/** An event that means nothing, as Stripe would send it: its bytes and the header that signs them. */
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
    type: OWN_TEST,
  });
  return { id, payload, signature: stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds }) };
}
