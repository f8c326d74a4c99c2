import { formatLocal } from '../../lib/format.ts';

/** A flag’s meaning, and what to do about it. */
export interface FlagDescription {
  title: string;
  advice: string;
}

const FLAGS: Record<string, FlagDescription> = {
  unknown_status: {
    title: 'Unknown subscription status',
    advice: 'The subscription’s access has not changed. Update API-Factory, or change the subscription’s status in Stripe.',
  },
  unmapped_price: {
    title: 'Price not linked to a plan',
    advice: 'A customer pays for a price that no plan uses. Change the subscription to a plan’s price in Stripe, then sync the consumer.',
  },
  several_plans: {
    title: 'Subscription with several plans',
    advice: 'Only one plan applies. Split it into one subscription per plan in Stripe.',
  },
  dispute_warning: {
    title: 'Dispute inquiry',
    advice: 'The bank has asked about a charge. Respond in Stripe or refund it before it becomes a dispute. No key is suspended yet.',
  },
  unknown_dispute_status: {
    title: 'Unknown dispute status',
    advice: 'The dispute’s hold has not changed. Update API-Factory, or check the dispute in Stripe.',
  },
  refund: { title: 'Refund', advice: 'Nothing changed here. To end the subscription, too, cancel it in Stripe.' },
  fraud_warning: {
    title: 'Fraud warning',
    advice: 'Review the charge in Stripe. A refund can prevent a dispute, which would suspend the consumer’s keys.',
  },
  api_version: {
    title: 'Stripe API version mismatch',
    advice: 'Set the webhook endpoint in Stripe to the expected API version.',
  },
};

/** Describes a kind of flag; an unknown kind keeps its name. */
export const describeFlag = (kind: string): FlagDescription =>
  FLAGS[kind] ?? { title: kind.replaceAll('_', ' '), advice: 'Review the object in Stripe.' };

/** A field whose stored value differed from Stripe’s. */
export interface DifferenceDescription {
  object: string;
  field: string;
  stored: string;
  found: string;
}

const FIELDS: Record<string, string> = {
  status: 'status',
  access: 'access',
  anchor: 'anchor of the quota periods',
  entitlement: 'entitlement',
  hold: 'hold',
  customer_id: 'customer',
  entitlement_id: 'entitlement',
  price_id: 'price',
  plan_id: 'plan',
  current_period_start: 'start of the period',
  current_period_end: 'end of the period',
  grace_until: 'end of grace',
  cancel_at: 'cancellation time',
  ended_at: 'end',
  backed_by: 'subscription that its keys moved to',
};

/** Describes a difference that a sweep recorded; null when it has an unknown shape. */
export function describeDifference(difference: Record<string, unknown>): DifferenceDescription | null {
  const { object, field, stored, found } = difference;
  if (typeof object !== 'string' || typeof field !== 'string') return null;
  return { object, field: FIELDS[field] ?? field.replaceAll('_', ' '), stored: valueText(stored), found: valueText(found) };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return INSTANT.test(value) && !Number.isNaN(Date.parse(value)) ? formatLocal(new Date(value)) : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The meaning of our own webhook’s response to a test event. */
export interface ResponseDescription {
  tone: 'good' | 'bad';
  title: string;
  detail: string;
}

/** @param status the HTTP status; 0: no response */
export function describeResponse(status: number): ResponseDescription {
  if (status >= 200 && status < 300)
    return {
      tone: 'good',
      title: 'Webhook delivered',
      detail:
        'The public address is correct, and your proxy lets events through. The test event was signed with your own secret: only Stripe’s next event shows whether it matches Stripe’s.',
    };
  if (status === 0)
    return {
      tone: 'bad',
      title: 'No response',
      detail: 'The public address can’t be reached from here. Check PUBLIC_URL, DNS and your proxy.',
    };
  if (status >= 300 && status < 400)
    return { tone: 'bad', title: 'Redirected', detail: 'Stripe does not follow redirects. Set PUBLIC_URL to the final https address.' };
  if (status === 400)
    return {
      tone: 'bad',
      title: 'Refused by API-Factory',
      detail: 'The signature did not match the body. A proxy may have changed the body, or the machine’s clock may be wrong.',
    };
  if (status === 404)
    return {
      tone: 'bad',
      title: 'Not found',
      detail: 'Another server responds at the public address. Check PUBLIC_URL and the paths that your proxy forwards.',
    };
  if (status < 500)
    return {
      tone: 'bad',
      title: 'Refused by your proxy',
      detail: 'A proxy in front of API-Factory refused the event. Allow POST /api/stripe/webhook without authentication.',
    };
  return {
    tone: 'bad',
    title: 'Server error',
    detail: 'API-Factory or a proxy in front of it returned an error. Check their logs.',
  };
}

export const MODE_DESCRIPTIONS: Record<'off' | 'sandbox' | 'test' | 'live', string> = {
  off: 'No plans are sold',
  sandbox: 'A local stand-in for Stripe; no money moves',
  test: 'Stripe’s test mode; no money moves',
  live: 'Customers pay through Stripe',
};
