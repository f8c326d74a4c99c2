import { formatCount } from '../../lib/format.ts';
import type { Health, Overview } from './queries.ts';

/** Something that the operator should look at. */
export interface AttentionItem {
  key: string;
  tone: 'bad' | 'notice';
  text: string;
  /** What it means or what to do. */
  advice: string;
  /** The page where that is done; null: on this page. */
  to: string | null;
}

type Counted = keyof Overview['attention'];

interface Words {
  tone: AttentionItem['tone'];
  one: string;
  many: string;
  advice: string;
  to: string | null;
}

/** The worst first. */
const WORDS: Record<Counted, Words> = {
  deadLetters: {
    tone: 'bad',
    one: 'event of Stripe’s was given up',
    many: 'events of Stripe’s were given up',
    advice: 'Read the error and replay them.',
    to: '/billing?tab=inbox&state=dead',
  },
  quarantined: {
    tone: 'bad',
    one: 'usage record could not be stored',
    many: 'usage records could not be stored',
    advice: 'They are kept in quarantine with the reason.',
    to: '/usage?tab=quarantine',
  },
  disputes: {
    tone: 'bad',
    one: 'dispute suspends a consumer',
    many: 'disputes suspend consumers',
    advice: 'Release the hold when the dispute is settled.',
    to: '/billing?tab=disputes',
  },
  drift: {
    tone: 'notice',
    one: 'difference to Stripe was found in the last 7 days',
    many: 'differences to Stripe were found in the last 7 days',
    advice: 'A sweep has mended them; many of them mean that webhooks don’t arrive.',
    to: '/billing?tab=drift',
  },
  flags: {
    tone: 'notice',
    one: 'flag stands on a customer',
    many: 'flags stand on customers',
    advice: 'Something at Stripe doesn’t fit what is sold here.',
    to: '/billing?tab=flags',
  },
  suspendedByBilling: {
    tone: 'notice',
    one: 'key is suspended by billing',
    many: 'keys are suspended by billing',
    advice: 'A payment is open: it works again when that is settled.',
    to: '/keys?access=suspended',
  },
  grace: {
    tone: 'notice',
    one: 'key is in grace',
    many: 'keys are in grace',
    advice: 'A payment failed; the key works on for some days.',
    to: '/keys?status=enabled&access=grace',
  },
  nearQuota: {
    tone: 'notice',
    one: 'quota is used up or nearly so',
    many: 'quotas are used up or nearly so',
    advice: 'See below which keys draw on it.',
    to: null,
  },
  pendingEvents: {
    tone: 'notice',
    one: 'event of Stripe’s waits',
    many: 'events of Stripe’s wait',
    advice: 'Usually for seconds only.',
    to: '/billing?tab=inbox&state=pending',
  },
};

/** A dispute suspends keys too, and the counts don’t tell whose: then neither a payment nor the dispute is given as the one reason. */
const OR_DISPUTED = 'A payment is open, or a dispute above holds it.';

/** What checks of the server are called. */
const CHECKS: Record<string, string> = {
  serving: 'Taking calls',
  database: 'Database',
  keys: 'API keys',
  spool: 'Usage spool',
  shipping: 'Usage shipping',
  clock: 'Clock',
};

/** A check in words; one that is new here keeps its name. */
export const checkName = (name: string): string => (Object.hasOwn(CHECKS, name) ? (CHECKS[name] ?? name) : name);

/** What needs attention, the worst first: checks that fail, then what was counted. */
export function attentionOf(attention: Overview['attention'], health: Health | undefined): AttentionItem[] {
  const failing = Object.entries(health?.ready.checks ?? {}).filter(([, { ok }]) => !ok);
  const counted = (Object.entries(WORDS) as [Counted, Words][]).filter(([key]) => attention[key] > 0);
  return [
    ...failing.map(
      ([name, { detail }]): AttentionItem => ({
        key: `check-${name}`,
        tone: 'bad',
        text: `A check fails: ${checkName(name)}`,
        advice: detail === undefined ? 'See Health on this page.' : `The server says: ${detail}.`,
        to: null,
      }),
    ),
    ...counted.map(([key, { tone, one, many, advice, to }]): AttentionItem => {
      const count = attention[key];
      const disputed = key === 'suspendedByBilling' && attention.disputes > 0;
      return { key, tone, text: `${formatCount(count)} ${count === 1 ? one : many}`, advice: disputed ? OR_DISPUTED : advice, to };
    }),
  ];
}
