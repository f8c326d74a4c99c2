import { counted } from '../../lib/format.ts';
import type { OwnKey } from './queries.ts';

/** The response to the next call with a key, and what to do about it. */
export interface NextCall {
  /** null: the call is admitted. */
  refusal: { status: 403 | 429; code: 'KEY_SUSPENDED' | 'QUOTA_EXCEEDED' | 'RATE_LIMITED' } | null;
  title: string;
  text: string;
  /** When calls are admitted again, in epoch ms; null: waiting doesn’t help. */
  admittedAt: number | null;
  /** Billing portal, where the owner settles a payment. */
  portalUrl: string | null;
}

/**
 * Predicts the next call with a key, checking in the gateway’s order.
 * @param readAt when the key was fetched, in epoch ms
 */
export function predictNextCall({ status, usage, rate, billing }: OwnKey, readAt: number): NextCall {
  const noAction = { admittedAt: null, portalUrl: null };
  if (status === 'suspended') return suspended(billing);
  if (rate.limit !== null && rate.remaining === 0) {
    return {
      ...noAction,
      refusal: { status: 429, code: 'RATE_LIMITED' },
      title: 'Rate limit reached',
      text: `The plan allows ${counted(rate.limit, 'call')} per window. Wait for the next window.`,
      admittedAt: readAt + (rate.resetSeconds ?? 0) * 1_000,
    };
  }
  if (usage.remaining === 0) {
    return {
      ...noAction,
      refusal: { status: 429, code: 'QUOTA_EXCEEDED' },
      title: 'Quota used up',
      text: 'Calls that cost units are refused until the next period, or until you move the key to a larger plan.',
      admittedAt: Date.parse(usage.periodEnd),
    };
  }
  if (billing?.status === 'grace') {
    return {
      refusal: null,
      title: 'Key works, but a payment failed',
      text: 'The owner must settle it before the grace period ends, or the key is suspended.',
      admittedAt: null,
      portalUrl: billing.portalUrl ?? null,
    };
  }
  return { ...noAction, refusal: null, title: 'Key works', text: 'Calls with this key are admitted.' };
}

function suspended(billing: OwnKey['billing']): NextCall {
  const byBilling = billing?.status === 'suspended';
  return {
    refusal: { status: 403, code: 'KEY_SUSPENDED' },
    title: 'Key suspended',
    text: byBilling
      ? 'Its subscription is suspended until an overdue payment is settled or a dispute is closed.'
      : 'An operator suspended it. Resume it on its page.',
    admittedAt: null,
    portalUrl: byBilling ? (billing.portalUrl ?? null) : null,
  };
}
