import { counted, formatCount, formatMoney } from '../../lib/format.ts';
import { bodyOf, formErrors, type PlanValues, valuesOf } from './plan-form.ts';
import type { NewPlan, Plan, PlanEdit } from './queries.ts';

const WINDOWS: Record<number, string> = { 1: 'second', 60: 'minute', 3600: 'hour', 86400: 'day' };

/** “10,000 units per month”. */
export const quotaText = ({ limit, period }: Plan['quota']): string =>
  limit === null ? 'unlimited' : `${counted(limit, 'unit')} per ${period}`;

/** “600 calls per minute”. */
export function rateText({ limit, windowSeconds }: Plan['rate']): string {
  if (limit === null) return 'unlimited';
  return `${counted(limit, 'call')} per ${WINDOWS[windowSeconds] ?? `${formatCount(windowSeconds)} s`}`;
}

/** “$49.00 per month”. */
export const priceText = (price: Plan['price'] | undefined): string =>
  price ? `${formatMoney(price.amountCents, price.currency)} per ${price.interval}` : 'not for sale';

/** “hello, actions”. */
export function apisText(apis: Plan['apis'] | undefined): string {
  if (!apis) return 'every API';
  return apis.length === 0 ? 'no API' : apis.join(', ');
}

/** How many entitlements an edit moved; null: none. */
export function movedText({ moved, moving }: { moved: number; moving: number }): string | null {
  if (moved === 0 && moving === 0) return null;
  const done = `${entitlementsText(moved)} moved to it`;
  return moving === 0 ? `${done}.` : `${done}; ${formatCount(moving)} more follow in the background.`;
}

/** “1 entitlement”. */
export const entitlementsText = (count: number): string => counted(count, 'entitlement');

/** A changed field with its old and new value as text. */
export interface PlanChange {
  field: string;
  from: string;
  to: string;
}

/** The fields that an edit changes. */
export function planChanges(plan: Plan, edit: NewPlan | PlanEdit): PlanChange[] {
  const pairs: PlanChange[] = [
    { field: 'Name', from: plan.name, to: edit.name },
    { field: 'Price', from: priceText(plan.price), to: priceText(edit.price) },
    { field: 'Quota', from: quotaText(plan.quota), to: quotaText(edit.quota) },
    { field: 'Rate limit', from: rateText(plan.rate), to: rateText(edit.rate) },
    { field: 'APIs', from: apisText(plan.apis), to: apisText(edit.apis) },
  ];
  const changed = pairs.filter(({ from, to }) => from !== to);
  return [...changed, ...hiddenChanges(plan, edit)];
}

/**
 * An unlimited quota still has a period, and an unlimited rate limit a window. Their texts don’t
 * show it.
 */
function hiddenChanges({ quota, rate }: Plan, edit: NewPlan | PlanEdit): PlanChange[] {
  const changes: PlanChange[] = [];
  if (quota.limit === null && edit.quota.limit === null && quota.period !== edit.quota.period)
    changes.push({ field: 'Quota period', from: quota.period, to: edit.quota.period });
  if (rate.limit === null && edit.rate.limit === null && rate.windowSeconds !== edit.rate.windowSeconds)
    changes.push({ field: 'Rate limit window', from: `${rate.windowSeconds} s`, to: `${edit.rate.windowSeconds} s` });
  return changes;
}

/**
 * Whether leaving would lose changes, including invalid ones. Toggling a switch twice is no change.
 */
export function isEdited(plan: Plan, values: PlanValues): boolean {
  if (Object.keys(formErrors(values)).length === 0) return planChanges(plan, bodyOf(values)).length > 0;
  return JSON.stringify(values) !== JSON.stringify(valuesOf(plan));
}

/** The effect of an edit on existing entitlements. */
export function effectText(
  plan: Pick<Plan, 'version' | 'entitlements'>,
  { changes, existing }: { changes: number; existing: 'now' | 'keep' },
): string {
  const { version, entitlements } = plan;
  if (changes === 0)
    return existing === 'now'
      ? `The plan doesn’t change. Entitlements on older versions move to version ${version}.`
      : 'No changes: no version is created and no entitlement moves.';
  const next = version + 1;
  if (entitlements === 0) return `Creates version ${next}. No entitlement uses this plan yet.`;
  if (existing === 'keep')
    return `Creates version ${next} for new entitlements. ${entitlementsText(entitlements)} ${entitlements === 1 ? 'stays on its current version' : 'stay on their current version'}.`;
  return `Creates version ${next}, and ${entitlementsText(entitlements)} ${entitlements === 1 ? 'moves' : 'move'} to it. Units used in the current period stay used.`;
}
