import { formatLocal } from '../../lib/format.ts';

/** What a flag means and what to do about it. */
export interface FlagWords {
  title: string;
  advice: string;
}

const FLAGS: Record<string, FlagWords> = {
  unknown_status: {
    title: 'Unknown subscription status',
    advice: 'The subscription keeps the access that it had. Update API-Factory, or set the subscription right at Stripe.',
  },
  unmapped_price: {
    title: 'Price of no plan',
    advice:
      'Someone pays a price that no plan is sold at. Change the subscription’s price at Stripe to one of a plan’s, then sync the consumer.',
  },
  several_plans: { title: 'Items of several plans', advice: 'Only one plan counts. Split the subscription at Stripe, one for each plan.' },
  dispute_warning: {
    title: 'Dispute on its way',
    advice: 'The bank asks about a charge. Answer at Stripe, or refund it, before it becomes a dispute. No key is suspended yet.',
  },
  unknown_dispute_status: {
    title: 'Unknown dispute status',
    advice: 'Its hold stays as it was. Update API-Factory, or look at the dispute at Stripe.',
  },
  refund: { title: 'Refund', advice: 'Nothing changed here. If the subscription should end too, cancel it at Stripe.' },
  fraud_warning: {
    title: 'Warning of fraud',
    advice: 'Look at the charge at Stripe. A refund may avert a dispute, which would suspend the consumer’s keys.',
  },
  api_version: {
    title: 'Another version of Stripe’s API',
    advice: 'Set the webhook endpoint at Stripe to the version that is expected here.',
  },
};

/** Words for a flag’s kind; an unknown kind is shown as it is. */
export const flagWords = (kind: string): FlagWords =>
  FLAGS[kind] ?? { title: kind.replaceAll('_', ' '), advice: 'Look at the object at Stripe.' };

/** One thing that differed: what of which object, as it was stored and as Stripe said. */
export interface DifferenceWords {
  object: string;
  what: string;
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
  grace_until: 'end of the grace',
  cancel_at: 'cancels at',
  ended_at: 'ended at',
  backed_by: 'subscription that its keys went on to',
};

/** Words for one difference that a sweep wrote down; null: it has another form than the one that is known. */
export function differenceWords(difference: Record<string, unknown>): DifferenceWords | null {
  const { object, field, stored, found } = difference;
  if (typeof object !== 'string' || typeof field !== 'string') return null;
  return { object, what: FIELDS[field] ?? field.replaceAll('_', ' '), stored: valueText(stored), found: valueText(found) };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return INSTANT.test(value) && !Number.isNaN(Date.parse(value)) ? formatLocal(new Date(value)) : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What our own webhook’s answer to a test event means. */
export interface AnswerWords {
  tone: 'good' | 'bad';
  title: string;
  detail: string;
}

/** Reads the status of a test event’s answer; 0 means that none came. */
export function answerWords(status: number): AnswerWords {
  if (status >= 200 && status < 300)
    return {
      tone: 'good',
      title: 'The webhook took it',
      detail:
        'The address fits, and what stands in front lets events through. It was signed with your own secret: whether that is Stripe’s shows with Stripe’s next event.',
    };
  if (status === 0)
    return {
      tone: 'bad',
      title: 'No answer',
      detail: 'The public address can’t be reached from here. Check PUBLIC_URL, DNS, and what stands in front.',
    };
  if (status >= 300 && status < 400)
    return { tone: 'bad', title: 'Redirected', detail: 'Stripe follows no redirect. Set PUBLIC_URL to the final address, https and all.' };
  if (status === 400)
    return {
      tone: 'bad',
      title: 'Refused',
      detail:
        'The signature or the body did not arrive unchanged. A proxy that rewrites bodies, or a clock that is off, does this; see the last refusal.',
    };
  if (status === 404)
    return {
      tone: 'bad',
      title: 'Not found',
      detail: 'Something else answers at the public address. Check PUBLIC_URL and the paths that are passed on.',
    };
  if (status < 500)
    return {
      tone: 'bad',
      title: 'Refused on the way',
      detail: 'What stands in front of API-Factory refuses it. Let POST /api/stripe/webhook through without sign-in.',
    };
  return {
    tone: 'bad',
    title: 'The server failed',
    detail: 'API-Factory or what stands in front of it answered with an error. See its log.',
  };
}

/** What a mode is, in one line. */
export const MODE_WORDS: Record<'off' | 'sandbox' | 'test' | 'live', string> = {
  off: 'Nothing is sold',
  sandbox: 'A local stand-in for Stripe; nobody pays',
  test: 'Stripe’s test mode; no money moves',
  live: 'Stripe takes money',
};
