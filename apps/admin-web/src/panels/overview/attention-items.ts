import { capitalized, formatCount } from '../../lib/format.ts';
import type { Health, Overview } from './queries.ts';

/** A problem that needs the operator’s attention. */
export interface AttentionItem {
  key: string;
  tone: 'bad' | 'notice';
  text: string;
  /** What it means or what to do about it. */
  advice: string;
  /** Where to act on it; null: on this page. */
  to: string | null;
}

type Counted = keyof Overview['attention'];

interface Template {
  tone: AttentionItem['tone'];
  one: string;
  many: string;
  advice: string;
  to: string | null;
}

/** Most severe first. */
const TEMPLATES: Record<Counted, Template> = {
  deadLetters: {
    tone: 'bad',
    one: 'Stripe event failed',
    many: 'Stripe events failed',
    advice: 'Retried hourly. Read the error, fix its cause, then replay the event.',
    to: '/billing?tab=inbox&state=dead',
  },
  quarantined: {
    tone: 'bad',
    one: 'usage record could not be stored',
    many: 'usage records could not be stored',
    advice: 'Not charged yet. Retry or discard it in quarantine.',
    to: '/usage?tab=quarantine',
  },
  disputes: {
    tone: 'bad',
    one: 'dispute suspends a consumer',
    many: 'disputes suspend consumers',
    advice: 'Release the hold once the dispute is settled.',
    to: '/billing?tab=disputes',
  },
  drift: {
    tone: 'notice',
    one: 'difference from Stripe found in the last 7 days',
    many: 'differences from Stripe found in the last 7 days',
    advice: 'A sweep corrected them. Many differences mean that webhooks are not arriving.',
    to: '/billing?tab=drift',
  },
  flags: {
    tone: 'notice',
    one: 'flagged customer',
    many: 'flagged customers',
    advice: 'Something in Stripe doesn’t match your plans.',
    to: '/billing?tab=flags',
  },
  suspendedByBilling: {
    tone: 'notice',
    one: 'key is suspended by billing',
    many: 'keys are suspended by billing',
    advice: 'A payment is overdue. The key works again once it is settled.',
    to: '/keys?access=suspended',
  },
  grace: {
    tone: 'notice',
    one: 'key is in its grace period',
    many: 'keys are in their grace period',
    advice: 'A payment failed. The key works until the grace period ends.',
    to: '/keys?status=enabled&access=grace',
  },
  nearQuota: {
    tone: 'notice',
    one: 'quota is used up or nearly used up',
    many: 'quotas are used up or nearly used up',
    advice: 'See “Near their quota” below.',
    to: null,
  },
  pendingEvents: {
    tone: 'notice',
    one: 'Stripe event pending',
    many: 'Stripe events pending',
    advice: 'Usually processed within seconds.',
    to: '/billing?tab=inbox&state=pending',
  },
};

/** Disputes suspend keys too, and the counts don’t show which keys. */
const PAYMENT_OR_DISPUTE = 'A payment is overdue, or the consumer has an open dispute.';

/** Display names of the server’s health checks. */
const CHECKS: Record<string, string> = {
  serving: 'Accepting calls',
  database: 'Database',
  keys: 'API keys',
  spool: 'Usage spool',
  shipping: 'Usage shipping',
  clock: 'Clock',
};

/** The display name of a health check; an unknown one keeps its name. */
export const checkName = (name: string): string => (Object.hasOwn(CHECKS, name) ? (CHECKS[name] ?? name) : name);

/** What needs attention: failing checks first, then the counts by severity. */
export function attentionItems(attention: Overview['attention'], health: Health | undefined): AttentionItem[] {
  const failing = Object.entries(health?.ready.checks ?? {}).filter(([, { ok }]) => !ok);
  const counts = (Object.entries(TEMPLATES) as [Counted, Template][]).filter(([key]) => attention[key] > 0);
  return [
    ...failing.map(
      ([name, { detail }]): AttentionItem => ({
        key: `check-${name}`,
        tone: 'bad',
        text: `Health check failing: ${checkName(name)}`,
        advice: detail === undefined ? 'See Health on this page.' : `${capitalized(detail)}.`,
        to: null,
      }),
    ),
    ...counts.map(([key, { tone, one, many, advice, to }]): AttentionItem => {
      const count = attention[key];
      const disputed = key === 'suspendedByBilling' && attention.disputes > 0;
      return { key, tone, text: `${formatCount(count)} ${count === 1 ? one : many}`, advice: disputed ? PAYMENT_OR_DISPUTE : advice, to };
    }),
  ];
}
