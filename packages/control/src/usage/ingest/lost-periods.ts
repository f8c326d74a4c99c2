import { type PeriodBounds, periodAt } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import type { Line, Settlement } from './aggregate.ts';
import { insertLostPeriod, periodAnchor, periodCovering } from './lost-periods-store.ts';

type Tx = Transaction<Tables>;

/** A line of a batch, as far as it tells when its period was. */
type UsedLine = Pick<Line, 'periodId' | 'entitlementId'> & { units: number; lastUsedAt: number };

/** When the calls of a period began, as far as their lines tell. */
interface Used {
  entitlementId: string;
  firstAt: number;
  lastAt: number;
}

/**
 * From the beginning of a call, which is its time, to its charge: a client may take a minute to
 * send it, and then a lease is waited for.
 */
const CHARGED_WITHIN_MS = 70_000;

/**
 * Usage names a period that the database does not have: a back-up was restored that is older than
 * the period's beginning. The period is begun again, where the entitlement's anchor puts it, so
 * that what was used in it counts.
 * @returns `lost`, on the periods that it counts in; without what belongs to entitlements that the
 * back-up does not have
 */
export async function restoreLostPeriods(
  tx: Tx,
  { lost, lines }: { lost: readonly Settlement[]; lines: readonly UsedLine[] },
): Promise<Settlement[]> {
  const usedIn = usedByPeriod(lines);
  const units = new Map<string, number>();
  for (const settlement of lost) {
    const existing = await restorePeriod(tx, settlement.periodId, usedIn.get(settlement.periodId) as Used);
    if (existing !== null) units.set(existing, (units.get(existing) ?? 0) + settlement.units);
  }
  return [...units].map(([periodId, sum]) => ({ periodId, units: sum }));
}

/**
 * Without calls that cost nothing: one that failed before its charge names the period that was
 * known last, which may be long over.
 */
function usedByPeriod(lines: readonly UsedLine[]): Map<string, Used> {
  const found = new Map<string, Used>();
  for (const { periodId, entitlementId, units, lastUsedAt } of lines) {
    if (units === 0) continue;
    const used = found.get(periodId);
    if (!used) found.set(periodId, { entitlementId, firstAt: lastUsedAt, lastAt: lastUsedAt });
    else {
      used.firstAt = Math.min(used.firstAt, lastUsedAt);
      used.lastAt = Math.max(used.lastAt, lastUsedAt);
    }
  }
  return found;
}

async function restorePeriod(tx: Tx, periodId: string, used: Used): Promise<string | null> {
  const { entitlementId } = used;
  const plan = await periodAnchor(tx, entitlementId);
  if (!plan) return null;
  let existing: string | null = null;
  for (const bounds of candidates(used, (at) => periodAt(plan.anchor, plan.quota_period, new Date(at)))) {
    existing = await periodCovering(tx, entitlementId, bounds.startsAt);
    if (existing !== null) continue;
    await insertLostPeriod(tx, { periodId, entitlementId, anchor: plan.anchor, bounds });
    return periodCovering(tx, entitlementId, bounds.startsAt);
  }
  return existing;
}

/**
 * The periods that it may have been, the likeliest first. It is the first of them that no other
 * period covers; where all are covered, the database was used since the back-up, and it counts in
 * the last one. A call that came in shortly before the turn of two periods may have been charged
 * behind it; with clocks that differ a little, one that came in behind it was charged before.
 */
function* candidates({ firstAt, lastAt }: Used, at: (ms: number) => PeriodBounds): Generator<PeriodBounds> {
  let before = Number.NaN;
  for (const ms of [firstAt, lastAt, lastAt + CHARGED_WITHIN_MS]) {
    const bounds = at(ms);
    if (bounds.startsAt.getTime() !== before) yield bounds;
    before = bounds.startsAt.getTime();
  }
}
