import type { ErrorCode } from '@api-factory/sdk-ts';
import { counted, formatCount } from '../../lib/format.ts';
import { type JsonError, jsonErrorText } from './json-error.ts';
import { countdown, type RemainingLimits, remainingAt, resetText } from './limits.ts';
import type { OwnKey } from './queries.ts';

/** What decides whether a call can be sent now. */
export interface SendState {
  /** Whether a key is selected. */
  hasKey: boolean;
  syntaxError: JsonError | null;
  /** null: not loaded yet, or the request was refused. */
  own: Pick<OwnKey, 'status' | 'billing'> | null;
  /** The error code when loading the key failed. */
  refusal: ErrorCode | null;
  limits: RemainingLimits | null;
  /** Units that the action costs. */
  cost: number;
}

/** Why the Send button is disabled at `now` (epoch ms); null when it is available. */
export function disabledReason({ hasKey, syntaxError, own, refusal, limits, cost }: SendState, now: number): string | null {
  if (!hasKey) return 'Paste or create a key first';
  if (refusal === 'INVALID_KEY') return 'This key is revoked or not valid. Use another key.';
  if (refusal === 'KEY_EXPIRED') return 'This key has expired. Use another key.';
  if (own?.status === 'suspended') return `This key is suspended. ${suspensionAdvice(own.billing)}`;
  return limitReason(limits, cost, now) ?? (syntaxError === null ? null : `Invalid JSON: ${jsonErrorText(syntaxError)}`);
}

/** What to do about a suspended key. The API only shows whether its subscription suspends it. */
export const suspensionAdvice = (billing: OwnKey['billing']): string =>
  billing?.status === 'suspended' ? 'Settle its open payment or dispute.' : 'Resume it on its page.';

function limitReason(limits: RemainingLimits | null, cost: number, now: number): string | null {
  const { quota = null, rate = null } = limits ?? {};
  const units = quota === null ? null : remainingAt(quota, now);
  if (quota !== null && units !== null && units < cost) {
    const remedy = quota.limit < cost ? 'needs a larger plan' : resetText(quota.resetsAt, now);
    return units === 0 ? `Out of quota, ${remedy}` : `Costs ${counted(cost, 'unit')}, only ${formatCount(units)} left, ${remedy}`;
  }
  if (rate === null || remainingAt(rate, now) > 0) return null;
  return rate.limit === 0 ? 'The plan’s rate limit allows no calls' : `Rate limit reached, resets in ${countdown(rate.resetsAt, now)}`;
}
