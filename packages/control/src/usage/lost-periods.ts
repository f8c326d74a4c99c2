import type { Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { beginPeriod } from './lease-store.ts';
import { periodAnchor, periodBeginningAt } from './lost-periods-store.ts';
import { periodAt } from './periods.ts';
import type { Line, Settlement } from './tally.ts';

/**
 * Usage names a period that the database does not have: a back-up was restored that is older than the period's beginning. The period is
 * begun again, where the entitlement's anchor puts it, so that what was used in it counts.
 * @returns `lost`, on the periods that it counts in; without what belongs to entitlements that the back-up does not have
 */
export async function beginLostPeriods(
  tx: Transaction<Tables>,
  { lost, lines }: { lost: readonly Settlement[]; lines: readonly (Line & { lastUsedAt: number })[] },
): Promise<Settlement[]> {
  const units = new Map<string, number>();
  for (const settlement of lost) {
    const standing = await beginAgain(tx, settlement.periodId, lines);
    if (standing !== null) units.set(standing, (units.get(standing) ?? 0) + settlement.units);
  }
  return [...units].map(([periodId, sum]) => ({ periodId, units: sum }));
}

async function beginAgain(
  tx: Transaction<Tables>,
  periodId: string,
  lines: readonly (Line & { lastUsedAt: number })[],
): Promise<string | null> {
  const used = lines.filter((line) => line.periodId === periodId);
  const [line] = used;
  const plan = line && (await periodAnchor(tx, line.entitlementId));
  if (!plan) return null;
  // Of its times the earliest: a call that was admitted at the end of the period may have been answered in the next.
  const bounds = periodAt(plan.anchor, plan.quota_period, new Date(Math.min(...used.map(({ lastUsedAt }) => lastUsedAt))));
  await beginPeriod(tx, { periodId, entitlementId: line.entitlementId, anchor: plan.anchor, bounds });
  return periodBeginningAt(tx, line.entitlementId, bounds.startsAt);
}
