import type { Subscription } from '../objects/types.ts';
import { change, type Runtime } from '../runtime.ts';
import { cancelNow, periodEnd } from './cancel.ts';
import { expireSession } from './checkout.ts';
import { attemptPayment } from './pay-invoice.ts';
import { renew } from './renew.ts';
import { expireIncomplete, isAlive } from './settle.ts';

const hour = 3600;

/** A scheduled step and its time in seconds. */
export type Due = { at: number; run: () => void };

/** The earliest scheduled step, or null. */
export function nextDue(runtime: Runtime): Due | null {
  let next: Due | null = null;
  const consider = (due: Due) => {
    if (next === null || due.at < next.at) next = due;
  };
  for (const subscription of Object.values(runtime.state.subscriptions)) {
    if (isAlive(subscription)) for (const due of dueOf(runtime, subscription)) consider(due);
  }
  for (const invoice of Object.values(runtime.state.invoices)) {
    const at = invoice.next_payment_attempt;
    if (at !== null && invoice.status === 'open') consider({ at, run: () => attemptPayment(runtime, invoice) });
  }
  for (const session of Object.values(runtime.state.sessions)) {
    if (session.status === 'open') consider({ at: session.expires_at, run: () => expireSession(runtime, session) });
  }
  return next;
}

/** In order of precedence for steps at the same time. */
function dueOf(runtime: Runtime, subscription: Subscription): Due[] {
  if (subscription.status === 'incomplete') {
    return [{ at: subscription.created + 23 * hour, run: () => expireIncomplete(runtime, subscription) }];
  }
  const due: Due[] = [];
  if (subscription.cancel_at !== null) {
    due.push({ at: subscription.cancel_at, run: () => cancelNow(runtime, subscription, 'cancellation_requested') });
  }
  const resumesAt = subscription.pause_collection?.resumes_at;
  if (resumesAt) due.push({ at: resumesAt, run: () => resumeCollection(runtime, subscription) });
  if (subscription.status === 'trialing' && subscription.trial_end !== null && !runtime.state.inner.trialAnnounced[subscription.id]) {
    const at = Math.max(subscription.created, subscription.trial_end - 72 * hour);
    due.push({ at, run: () => announceTrialEnd(runtime, subscription) });
  }
  if (['active', 'trialing', 'past_due', 'unpaid'].includes(subscription.status)) {
    due.push({ at: periodEnd(subscription), run: () => renew(runtime, subscription) });
  }
  return due;
}

function announceTrialEnd(runtime: Runtime, subscription: Subscription): void {
  runtime.state.inner.trialAnnounced[subscription.id] = true;
  runtime.emit('customer.subscription.trial_will_end', subscription);
}

function resumeCollection(runtime: Runtime, subscription: Subscription): void {
  change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { pause_collection: null } });
}
