import { OWN_TEST } from '../inbox/events.ts';
import type { StripeClient } from './client.ts';
import { API_VERSION } from './client.ts';

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
