import { ProblemError, randomBase62 } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { signTestEvent } from '../stripe/webhook.ts';
import type { TestedWebhook } from './views.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends a signed test event to this installation's webhook through the public address, which shows
 * whether Stripe can reach it. Signed with the first configured secret, so it does not show whether
 * Stripe uses that secret.
 * @throws ProblemError CONFLICT in live mode, whose endpoint refuses test events, and without a
 * secret
 */
export async function sendTestEvent(context: Context): Promise<TestedWebhook> {
  const { mode, stripe, webhookSecrets, publicUrl, wallClock } = requireBilling(context);
  const [secret] = webhookSecrets;
  if (mode === 'live')
    throw new ProblemError('CONFLICT', { detail: 'Test events are not available in live mode. Send one from the Stripe Dashboard.' });
  if (secret === undefined)
    throw new ProblemError('CONFLICT', { detail: 'No webhook signing secret is configured. Set STRIPE_WEBHOOK_SECRET.' });
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
    context.log.warn({ err: error, url }, 'no response to the test event');
    return 0;
  }
}
