import type { PeriodBounds } from '@api-factory/core';

/** A quota period on record that still counts by itself. */
export interface LivePeriod {
  periodId: string;
  startsAt: Date;
  endsAt: Date;
  /** The latest point at which it, or a period merged into it, was begun. */
  openedAt: Date;
}

/** The one period that counts in a window: it takes in `merged` and gets these bounds. */
export interface Alignment extends PeriodBounds {
  periodId: string;
  merged: string[];
}

/**
 * Makes one period of all that touch a window. The last one keeps its id, because gateways hold its lease. A period that straddles the
 * window's start counts whole: nobody knows which of its unsettled units were used before it.
 * @param live periods that touch the window, in order of their start
 * @returns null when there are none
 */
export function alignTo(window: PeriodBounds, live: readonly LivePeriod[]): Alignment | null {
  const last = live.at(-1);
  if (last === undefined) return null;
  const startsAt = new Date(Math.min(window.startsAt.getTime(), ...live.map((period) => period.startsAt.getTime())));
  return { periodId: last.periodId, startsAt, endsAt: window.endsAt, merged: live.slice(0, -1).map(({ periodId }) => periodId) };
}

/**
 * Whether a moved anchor begins a new period, with a whole quota, instead of correcting the bounds of what is on record: when the present
 * window begins at the anchor itself, as when Stripe bills anew from there, and nothing on record was begun at that point or later. Moving
 * back and forth between two anchors therefore gives no quota twice.
 */
export function beginsPeriod(anchor: Date, window: PeriodBounds, live: readonly LivePeriod[]): boolean {
  return window.startsAt.getTime() === anchor.getTime() && live.every(({ openedAt }) => openedAt < anchor);
}
