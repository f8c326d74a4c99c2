/**
 * What an event leads to. `sync`: its customer is looked at. `checkout`: so, and our row of the checkout is brought up to date.
 * `clock`: every customer that lives by the test clock is looked at. `catalogue`: a price that we know is looked at.
 */
export type Lead = 'sync' | 'checkout' | 'clock' | 'catalogue' | 'none';

/** The event's own content is never applied, so a type that is missing here costs time until the next sweep and nothing else. */
export function leadOf(type: string): Lead {
  if (SYNCING.has(type)) return 'sync';
  if (type.startsWith('checkout.session.')) return 'checkout';
  if (type === 'test_helpers.test_clock.ready') return 'clock';
  if (/^(price|product)\.(created|updated|deleted)$/.test(type)) return 'catalogue';
  return 'none';
}

const SYNCING = new Set(
  [
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
    ['charge', 'refunded'],
    ['refund', 'created', 'updated', 'failed'],
    ['radar.early_fraud_warning', 'created', 'updated'],
  ].flatMap(([object, ...verbs]) => verbs.map((verb) => `${object}.${verb}`)),
);
