import { type PeriodBounds, periodAt } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import type { Line, Settlement } from './aggregate.ts';
import { insertLostPeriod, periodAnchor, periodCovering } from './lost-periods-store.ts';

type Tx = Transaction<Tables>;

/** The fields of a line that locate its period. */
type UsedLine = Pick<Line, 'periodId' | 'entitlementId'> & { units: number; lastUsedAt: number };

/** The time range of a period's calls, by the last call of each line. */
interface Used {
  entitlementId: string;
  firstAt: number;
  lastAt: number;
}

/**
 * Longest time between the start of a call and its charge: a client may take a minute to send the
 * request, and the call may wait for a lease.
 */
const CHARGED_WITHIN_MS = 70_000;

/**
 * Handles usage of a period that the database lacks, because a backup from before the period was
 * restored. Creates the period again at the entitlement's anchor, so that its usage counts.
 * @returns `lost`, assigned to the periods that it counts in; usage of entitlements that the
 * database lacks is left out
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
 * Skips free calls: a call that failed before its charge has the last known period, which may have
 * ended long ago.
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
 * Candidate periods, the likeliest first. The first one that no other period covers is used; if all
 * are covered, the database was used since the backup, and the usage counts in the last one. A call
 * that started just before a period's end may have been charged in the next period, and with clock
 * skew also the other way round.
 */
function* candidates({ firstAt, lastAt }: Used, at: (ms: number) => PeriodBounds): Generator<PeriodBounds> {
  let before = Number.NaN;
  for (const ms of [firstAt, lastAt, lastAt + CHARGED_WITHIN_MS]) {
    const bounds = at(ms);
    if (bounds.startsAt.getTime() !== before) yield bounds;
    before = bounds.startsAt.getTime();
  }
}
