import { ProblemError, randomBase62 } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { signTestEvent } from '../stripe/webhook.ts';
import type { TestedWebhook } from './views.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends a signed event that means nothing to our own webhook, over the network and under the public address: it shows whether Stripe would
 * get through. It is signed with our own first secret, so it says nothing of whether that is Stripe's.
 * @throws ProblemError CONFLICT in live mode, whose endpoint refuses test events, and without a secret
 */
export async function testWebhook(context: Context): Promise<TestedWebhook> {
  const { mode, stripe, webhookSecrets, publicUrl, wallClock } = requireBilling(context);
  const [secret] = webhookSecrets;
  if (mode === 'live')
    throw new ProblemError('CONFLICT', { detail: 'A live endpoint takes no test event. Send one from Stripe’s dashboard.' });
  if (secret === undefined) throw new ProblemError('CONFLICT', { detail: 'There is no webhook secret. Set STRIPE_WEBHOOK_SECRET.' });
  const startedAt = context.clock.now();
  const id = `evt_${randomBase62(24, context.randomBytes)}`;
  const event = signTestEvent(stripe, { id, secret, now: wallClock() });
  const status = await post(context, `${publicUrl()}/api/stripe/webhook`, event);
  return { status, milliseconds: Math.max(0, Math.round(context.clock.now() - startedAt)), eventId: id };
}

async function post(context: Context, url: string, { payload, signature }: { payload: string; signature: string }): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    context.log.warn({ err: error, url }, 'the test event got no answer');
    return 0;
  }
}
