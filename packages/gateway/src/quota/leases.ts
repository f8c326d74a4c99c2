import type { Clock, LeaseGrant, LeaseRequest, LeaseSource } from '@api-factory/core';
import { applyLease, type Charge, charge, emptyQuotaCell, type LeasePlan, planLease, planRenewal } from '@api-factory/core';
import type { GatewayEntitlement, LeaseState } from '../snapshot/snapshot.ts';
import { Turns } from './turns.ts';

/**
 * Backoff after a failed request, plus up to 50 % of jitter: for its entitlement, or for all if the
 * database is unreachable.
 */
const BACKOFF_MS = 250;
/** A call is refused after waiting this long for the database; the request itself continues. */
const MAX_WAIT_MS = 5_000;

export interface LeasesOptions {
  source: LeaseSource;
  clock: Clock;
  /** Between 0 and 1. Spreads renewals of entitlements with similar usage. */
  random: () => number;
  /** Unique among all starts of the gateway. */
  newRequestId: () => string;
  /** Resolves when all usage written so far is in the database. */
  settled: () => Promise<void>;
  onError: (error: Error) => void;
}

/**
 * Leases quota units from the database into the cells: one request per cell at a time, and
 * `source.atOnce` in total. A failed request delays its own entitlement only, unless the database
 * is unreachable.
 */
export class Leases {
  failures = 0;
  acquired = 0;
  /**
   * Incremented by `forget`: answers to earlier requests, and refunds of earlier charges, are void.
   */
  generation = 0;
  readonly #options: LeasesOptions;
  readonly #turns: Turns;
  /** The database was unreachable; no request is sent before this time (epoch ms). */
  #unreachableUntil = 0;
  /** Requests wait until it resolves; null otherwise. */
  #barrier: Promise<void> | null = null;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#turns = new Turns(options.source.atOnce);
  }

  /**
   * Charges `cost` units, and requests leases while the cell can't decide. Null: the database did
   * not answer.
   */
  async charge(entitlement: GatewayEntitlement, cost: number): Promise<Exclude<Charge, 'LEASE'> | null> {
    const state = leaseStateOf(entitlement);
    state.waiting += cost;
    try {
      for (;;) {
        const verdict = charge(entitlement.quota, cost, this.#options.clock.now());
        if (verdict !== 'LEASE') return verdict;
        if (!(await this.#request(entitlement, state, cost))) return null;
      }
    } finally {
      state.waiting -= cost;
    }
  }

  /**
   * Loads the current period of the entitlement, so that even a refusal can state the remaining
   * quota, and leases a unit, enough for most calls.
   */
  async learnPeriod(entitlement: GatewayEntitlement): Promise<void> {
    await this.#request(entitlement, leaseStateOf(entitlement), 0);
  }

  /**
   * Renews in the background when less than half a block is left. Costs a few comparisons when
   * nothing is due. Skipped while calls wait for the database; a later call retries.
   */
  renew(entitlement: GatewayEntitlement): void {
    const plan = planRenewal(entitlement.quota);
    if (plan === null || entitlement.quota.recalled || !this.#turns.free) return;
    const state = leaseStateOf(entitlement);
    if (state.flight || state.unanswered || this.#backingOff(state)) return;
    state.flightSince = this.#options.clock.now();
    state.flight = this.#send(entitlement, state, this.#spread(plan, 1));
  }

  /**
   * Voids every lease, because the database no longer knows what it granted. Units of unlimited
   * quotas stay: they come from no lease. Waits for requests in flight, then `release` must void
   * the leases in the database; until then calls that need a lease wait or are refused.
   */
  forget(entitlements: Iterable<GatewayEntitlement>, release: () => Promise<void>): Promise<void> {
    this.generation += 1;
    const flights: (Promise<void> | null)[] = [this.#barrier];
    for (const { quota, leaseState } of entitlements) {
      if (leaseState?.flight) flights.push(leaseState.flight);
      if (leaseState) leaseState.unanswered = null;
      if (Number.isFinite(quota.available)) Object.assign(quota, emptyQuotaCell());
    }
    const barrier = Promise.all(flights)
      .then(release)
      .finally(() => {
        if (this.#barrier === barrier) this.#barrier = null;
      });
    this.#barrier = barrier;
    return barrier;
  }

  /** Joins the request in flight or sends one. @returns whether the database answered in time */
  async #request(entitlement: GatewayEntitlement, state: LeaseState, need: number): Promise<boolean> {
    const { clock } = this.#options;
    if (!state.flight) {
      if (this.#backingOff(state)) return false;
      state.flightSince = clock.now();
      state.flight = this.#startRequest(entitlement, state, need);
    }
    const leftMs = state.flightSince + MAX_WAIT_MS - clock.now();
    if (leftMs <= 0) return false;
    const answered = state.flight.then(() => state.unanswered === null);
    return withDeadline(answered, leftMs);
  }

  #startRequest(entitlement: GatewayEntitlement, state: LeaseState, need: number): Promise<void> {
    // Calls under the unlimited quota took no lease: they must be settled before one is granted.
    if (entitlement.quota.available === Number.POSITIVE_INFINITY) state.mustSettle = true;
    if (state.unanswered) return this.#send(entitlement, state, state.unanswered);
    const waiting = Math.max(1, state.waiting);
    return this.#send(entitlement, state, this.#spread(planLease(entitlement.quota, need, waiting), Math.max(need, waiting)));
  }

  /**
   * Requests up to a quarter less than planned, but at least `least`, so that entitlements with
   * similar usage don't renew at the same time.
   */
  #spread(plan: LeasePlan, least: number): LeasePlan {
    return { ...plan, want: Math.max(least, plan.want - Math.floor((plan.want / 4) * this.#options.random())) };
  }

  async #send(entitlement: GatewayEntitlement, state: LeaseState, plan: LeasePlan | LeaseRequest): Promise<void> {
    const { clock, newRequestId } = this.#options;
    const cell = entitlement.quota;
    const request =
      'requestId' in plan ? plan : { ...plan, requestId: newRequestId(), entitlementId: entitlement.id, periodId: cell.periodId };
    state.unanswered = request;
    const generation = this.generation;
    const answer = await this.#acquire(request, state);
    state.flight = null;
    if (answer === null || generation !== this.generation) return;
    const { nowMs, ...lease } = answer;
    const now = clock.now();
    const shift = now - nowMs;
    applyLease(cell, { ...lease, startsAt: lease.startsAt + shift, endsAt: lease.endsAt + shift }, now);
    state.unanswered = null;
    this.acquired += 1;
  }

  /**
   * @returns null if the request failed, was voided while it was queued, or the database is known
   * to be unreachable
   */
  async #acquire(request: LeaseRequest, state: LeaseState): Promise<LeaseGrant | null> {
    const { source, clock, settled } = this.#options;
    const generation = this.generation;
    try {
      if (this.#barrier) await this.#barrier;
      if (state.mustSettle) await settled();
    } catch (error) {
      this.#failed(state, error as Error);
      return null;
    }
    state.mustSettle = false;
    const turn = this.#turns.enter();
    if (turn) await turn;
    try {
      if (generation !== this.generation || clock.now() < this.#unreachableUntil) return null;
      return await source.acquire(request);
    } catch (error) {
      this.#failed(state, error as Error);
      return null;
    } finally {
      this.#turns.leave();
    }
  }

  #failed(state: LeaseState, error: Error): void {
    const { source, clock, random, onError } = this.#options;
    this.failures += 1;
    const retryAt = clock.now() + BACKOFF_MS * (1 + random() / 2);
    if (source.isAway(error)) this.#unreachableUntil = retryAt;
    else state.retryAt = retryAt;
    onError(error);
  }

  #backingOff(state: LeaseState): boolean {
    return this.#options.clock.now() < Math.max(state.retryAt, this.#unreachableUntil);
  }
}

/** Kept on the entitlement, which outlives every snapshot. */
function leaseStateOf(entitlement: GatewayEntitlement): LeaseState {
  entitlement.leaseState ??= { waiting: 0, flight: null, flightSince: 0, unanswered: null, mustSettle: false, retryAt: 0 };
  return entitlement.leaseState;
}

/** False when `answered` takes longer than `ms`. */
function withDeadline(answered: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
