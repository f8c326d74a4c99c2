import type { PeriodBounds } from '@api-factory/core';

/** A recorded quota period that is not merged into another. */
export interface LivePeriod {
  periodId: string;
  startsAt: Date;
  endsAt: Date;
  /** The latest start of this period and the periods merged into it. */
  openedAt: Date;
}

/** The single period of a window: the bounds that it gets and the periods merged into it. */
export interface Alignment extends PeriodBounds {
  periodId: string;
  merged: string[];
}

/**
 * Merges all periods that touch a window into one. The last one keeps its id, because gateways hold
 * its lease. A period that straddles the start of the window counts in full: nobody knows which of
 * its unsettled units were used before it.
 * @param live periods that touch the window, by start
 * @returns null when there are none
 */
export function alignTo(window: PeriodBounds, live: readonly LivePeriod[]): Alignment | null {
  const last = live.at(-1);
  if (last === undefined) return null;
  const startsAt = new Date(Math.min(window.startsAt.getTime(), ...live.map((period) => period.startsAt.getTime())));
  return { periodId: last.periodId, startsAt, endsAt: window.endsAt, merged: live.slice(0, -1).map(({ periodId }) => periodId) };
}

/**
 * Whether a moved anchor starts a new period with a full quota instead of correcting the bounds of
 * recorded ones: when the current window starts at the anchor, as when Stripe restarts the billing
 * cycle, and no recorded period started then or later. So moving back and forth between two anchors
 * gives no extra quota.
 */
export function beginsPeriod(anchor: Date, window: PeriodBounds, live: readonly LivePeriod[]): boolean {
  return window.startsAt.getTime() === anchor.getTime() && live.every(({ openedAt }) => openedAt < anchor);
}
