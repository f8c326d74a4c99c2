import { formatCount } from '../../lib/format.ts';
import type { OwnKey } from './queries.ts';

/** What the next call with a key is answered with, and what to do about it. */
export interface Standing {
  /** null: the call is let through. */
  refused: { status: 403 | 429; code: 'KEY_SUSPENDED' | 'QUOTA_EXCEEDED' | 'RATE_LIMITED' } | null;
  title: string;
  text: string;
  /** From when on it is let through again, in epoch ms; null: not by waiting. */
  until: number | null;
  /** Where its owner settles a payment. */
  portalUrl: string | null;
}

/** How a call with this key would fare, in the order in which the gateway looks. @param readAt when the key was read, in epoch ms */
export function standingOf({ status, usage, rate, billing }: OwnKey, readAt: number): Standing {
  const nothing = { until: null, portalUrl: null };
  if (status === 'suspended') return suspended(billing);
  if (rate.limit !== null && rate.remaining === 0) {
    return {
      ...nothing,
      refused: { status: 429, code: 'RATE_LIMITED' },
      title: 'The rate is used up',
      text: `The plan allows ${formatCount(rate.limit)} calls per window. Wait until the next one begins.`,
      until: readAt + (rate.resetSeconds ?? 0) * 1_000,
    };
  }
  if (usage.remaining === 0) {
    return {
      ...nothing,
      refused: { status: 429, code: 'QUOTA_EXCEEDED' },
      title: 'The quota is used up',
      text: 'Calls that cost units are refused until the next period begins, or until the key gets a larger plan.',
      until: Date.parse(usage.periodEnd),
    };
  }
  if (billing?.status === 'grace') {
    return {
      refused: null,
      title: 'The key works, but a payment failed',
      text: 'Settle it before the grace ends, or the key is suspended.',
      until: null,
      portalUrl: billing.portalUrl ?? null,
    };
  }
  return { ...nothing, refused: null, title: 'The key works', text: 'A call with it is let through.' };
}

function suspended(billing: OwnKey['billing']): Standing {
  const byBilling = billing?.status === 'suspended';
  return {
    refused: { status: 403, code: 'KEY_SUSPENDED' },
    title: 'The key is suspended',
    text: byBilling
      ? 'Its subscription is suspended: an open payment has to be settled, or a dispute to be ended.'
      : 'The operator suspended it: resume it on its page.',
    until: null,
    portalUrl: byBilling ? (billing.portalUrl ?? null) : null,
  };
}
