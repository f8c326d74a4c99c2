import type { UnsettledEvent } from '../store/events.ts';
import type { Flag } from '../store/flags.ts';

/**
 * What an event triggers. `sync`: its customer is synced. `checkout`: the same, and the checkout's
 * row is refreshed. `clock`: every customer on the test clock is synced. `catalogue`: a known price
 * is refreshed.
 */
export type Effect = 'sync' | 'checkout' | 'clock' | 'catalogue' | 'none';

/**
 * State is never taken from an event, so a change whose type is missing here takes effect with the
 * next sweep at the latest.
 */
export function effectOf(type: string): Effect {
  if (SYNCED_EVENTS.has(type)) return 'sync';
  if (type.startsWith('checkout.session.')) return 'checkout';
  if (type === 'test_helpers.test_clock.ready') return 'clock';
  if (/^(price|product)\.(created|updated|deleted)$/.test(type)) return 'catalogue';
  return 'none';
}

/** Synced events that also raise a flag about their object. */
export const FLAGGED_EVENTS: Readonly<Record<string, Omit<Flag, 'objectId'>>> = {
  'charge.refunded': { kind: 'refund', detail: 'The charge was refunded. Its subscription remains active.' },
  'radar.early_fraud_warning.created': {
    kind: 'fraud_warning',
    detail: 'The card issuer reported a payment of this customer as fraudulent. A refund may prevent a dispute.',
  },
  'radar.early_fraud_warning.updated': {
    kind: 'fraud_warning',
    detail: 'The card issuer reported a payment of this customer as fraudulent. A refund may prevent a dispute.',
  },
};

/** The flag that an event raises; null when its type raises none. */
export function flagOf({ type, objectId }: Pick<UnsettledEvent, 'type' | 'objectId'>): Flag | null {
  const flag = FLAGGED_EVENTS[type];
  return flag === undefined ? null : { ...flag, objectId };
}

export const SYNCED_EVENTS: ReadonlySet<string> = new Set([
  ...Object.keys(FLAGGED_EVENTS),
  ...[
    ['customer', 'updated', 'deleted'],
    [
      'customer.subscription',
      'created',
      'updated',
      'deleted',
      'paused',
      'resumed',
      'pending_update_applied',
      'pending_update_expired',
      'trial_will_end',
    ],
    [
      'invoice',
      'paid',
      'payment_failed',
      'payment_action_required',
      'created',
      'voided',
      'marked_uncollectible',
      'finalization_failed',
      'upcoming',
    ],
    ['charge.dispute', 'created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'],
    ['refund', 'created', 'updated', 'failed'],
  ].flatMap(([object, ...verbs]) => verbs.map((verb) => `${object}.${verb}`)),
]);
