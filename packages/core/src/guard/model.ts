import type { KeyStatus } from '../access.ts';

/**
 * The state that the guard decides on. Objects refer to each other, so that a call builds no
 * strings for lookups.
 */

/** Two fixed cells of a sliding window; both count authenticated calls. */
export interface RateCell {
  /** Start of the current window, epoch ms, a multiple of the window. */
  windowStart: number;
  current: number;
  previous: number;
}

/**
 * The part of one period's quota that this gateway may spend without a request to the database.
 * Units are the costs of calls.
 */
export interface QuotaCell {
  /** The period that `available` was leased from; empty before the first lease. */
  periodId: string;
  /**
   * Bounds of the period in the gateway's clock, epoch ms, half open; -Infinity/-Infinity before
   * the first lease.
   */
  startsAt: number;
  endsAt: number;
  /** Leased units that are not spent yet. Infinity when the quota is unlimited. */
  available: number;
  /**
   * Units of the period that no gateway had leased at the last response of the database. Infinity
   * when unlimited.
   */
  unleased: number;
  /**
   * True after the limit changed: the next call surrenders `available` and requests a new lease.
   */
  recalled: boolean;
  /** Until this time (epoch ms) `unleased` is trusted for a refusal. */
  deniedUntil: number;
}

/** An immutable plan version as the guard needs it. */
export interface GuardPlan {
  readonly id: string;
  readonly version: number;
  /** Calls per window; null is unlimited. */
  readonly rateLimit: number | null;
  readonly rateWindowMs: number;
  /** Units per period; null is unlimited. */
  readonly quotaLimit: number | null;
  /** Slugs of the included apis; null means every api. */
  readonly apis: ReadonlySet<string> | null;
}

/** Owner of quota and rate: every key of the entitlement draws on the same two cells. */
export interface GuardEntitlement {
  readonly id: string;
  consumerId: string | null;
  plan: GuardPlan;
  readonly rate: RateCell;
  readonly quota: QuotaCell;
}

export interface GuardKey {
  readonly id: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly hash: string;
  /** The effective status. A revoked key is not in the snapshot at all. */
  status: KeyStatus;
  /** Epoch ms; Infinity when the key never expires. */
  expiresAt: number;
  entitlement: GuardEntitlement;
}

export const emptyRateCell = (): RateCell => ({ windowStart: 0, current: 0, previous: 0 });

export const emptyQuotaCell = (): QuotaCell => ({
  periodId: '',
  startsAt: Number.NEGATIVE_INFINITY,
  endsAt: Number.NEGATIVE_INFINITY,
  available: 0,
  unleased: 0,
  recalled: false,
  deniedUntil: 0,
});
