import { bodyOf, findingsOf, type PlanValues, valuesOf } from './plan-form.ts';
import { apisText, entitlementsText, priceText, quotaText, rateText } from './plan-words.ts';
import type { NewPlan, Plan, PlanEdit } from './queries.ts';

/** One thing that an edit changes, in words. */
export interface PlanChange {
  what: string;
  from: string;
  to: string;
}

/** What an edit changes of a plan, in words. */
export function changesOf(plan: Plan, edit: NewPlan | PlanEdit): PlanChange[] {
  const pairs: PlanChange[] = [
    { what: 'Name', from: plan.name, to: edit.name },
    { what: 'Price', from: priceText(plan.price), to: priceText(edit.price) },
    { what: 'Quota', from: quotaText(plan.quota), to: quotaText(edit.quota) },
    { what: 'Rate', from: rateText(plan.rate), to: rateText(edit.rate) },
    { what: 'Apis', from: apisText(plan.apis), to: apisText(edit.apis) },
  ];
  const changed = pairs.filter(({ from, to }) => from !== to);
  return [...changed, ...hiddenChanges(plan, edit)];
}

/** An unlimited quota has a period too, and an unlimited rate a window: they make a version without being seen in the words above. */
function hiddenChanges({ quota, rate }: Plan, edit: NewPlan | PlanEdit): PlanChange[] {
  const changes: PlanChange[] = [];
  if (quota.limit === null && edit.quota.limit === null && quota.period !== edit.quota.period)
    changes.push({ what: 'Quota period', from: quota.period, to: edit.quota.period });
  if (rate.limit === null && edit.rate.limit === null && rate.windowSeconds !== edit.rate.windowSeconds)
    changes.push({ what: 'Rate window', from: `${rate.windowSeconds} s`, to: `${edit.rate.windowSeconds} s` });
  return changes;
}

/** Whether leaving the form as it is would lose something. What is switched on and off again is none; what can’t be saved yet is one. */
export function isEdited(plan: Plan, values: PlanValues): boolean {
  if (Object.keys(findingsOf(values)).length === 0) return changesOf(plan, bodyOf(values)).length > 0;
  return JSON.stringify(values) !== JSON.stringify(valuesOf(plan));
}

/** What becomes of those who have the plan, before an edit is saved. */
export function effectText(
  plan: Pick<Plan, 'version' | 'entitlements'>,
  { changes, existing }: { changes: number; existing: 'now' | 'keep' },
): string {
  const { version, entitlements } = plan;
  if (changes === 0)
    return existing === 'now'
      ? `Nothing changes in the plan. Entitlements that an earlier edit left behind move to version ${version}.`
      : 'Nothing changes: no version is made and no entitlement moves.';
  const next = version + 1;
  if (entitlements === 0) return `Version ${next} is made. No entitlement uses the plan yet.`;
  if (existing === 'keep')
    return `Version ${next} is made for who gets the plan from now on. ${entitlementsText(entitlements)} ${entitlements === 1 ? 'stays on the version it has' : 'stay on the version they have'}.`;
  return `Version ${next} is made, and ${entitlementsText(entitlements)} ${entitlements === 1 ? 'moves' : 'move'} to it. What was used in the period stays used.`;
}
