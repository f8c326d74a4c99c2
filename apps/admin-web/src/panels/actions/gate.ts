import type { ErrorCode } from '@api-factory/sdk-ts';
import { formatCount } from '../../lib/format.ts';
import { faultText, type JsonFault } from './json-fault.ts';
import { countdown, type Limits, leftOf, resetWords } from './limits.ts';
import type { OwnKey } from './queries.ts';

/** What decides whether a call can be made now. */
export interface GateFacts {
  /** Whether there is a key to call with. */
  held: boolean;
  fault: JsonFault | null;
  /** What the key says of itself; null: not read yet, or not to be read. */
  own: Pick<OwnKey, 'status' | 'billing'> | null;
  /** The code that the key was refused with when it was asked. */
  refusal: ErrorCode | null;
  limits: Limits | null;
  /** Units that the action costs. */
  cost: number;
}

/** Why the call can’t be made at `now` (epoch ms); null: it can. */
export function whyOff({ held, fault, own, refusal, limits, cost }: GateFacts, now: number): string | null {
  if (!held) return 'Paste or create a key first';
  if (refusal === 'INVALID_KEY') return 'This key is revoked or not valid: use another one';
  if (refusal === 'KEY_EXPIRED') return 'This key has expired: use another one';
  if (own?.status === 'suspended') return `This key is suspended: ${suspensionWords(own.billing)}`;
  return limitReason(limits, cost, now) ?? (fault === null ? null : `The JSON is not valid: ${faultText(fault)}`);
}

/** What to do about a suspended key. The key itself knows no more than whether its subscription is suspended. */
export const suspensionWords = (billing: OwnKey['billing']): string =>
  billing?.status === 'suspended' ? 'settle its open payment or dispute' : 'resume it on its page';

function limitReason(limits: Limits | null, cost: number, now: number): string | null {
  const { quota = null, rate = null } = limits ?? {};
  const units = quota === null ? null : leftOf(quota, now);
  if (quota !== null && units !== null && units < cost) {
    const resets = quota.limit < cost ? 'take a larger plan' : resetWords(quota.resetsAt, now);
    return units === 0
      ? `Out of quota, ${resets}`
      : `The action costs ${formatCount(cost)} units and ${formatCount(units)} are left, ${resets}`;
  }
  if (rate === null || leftOf(rate, now) > 0) return null;
  return rate.limit === 0 ? 'Rate limit: the plan allows no calls' : `Rate limit: ${countdown(rate.resetsAt, now)}`;
}
