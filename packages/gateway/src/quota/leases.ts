import type { Clock, LeaseGrant, LeaseRequest, LeaseSource } from '@api-factory/core';
import { applyLease, type Charge, charge, emptyQuotaCell, type LeasePlan, planLease, planRenewal } from '@api-factory/core';
import type { Asking, GatewayEntitlement } from '../snapshot/snapshot.ts';
import { Turns } from './turns.ts';

/** After a request failed, the next one for its entitlement, or for any when the database is away, waits this long and up to half as long again. */
const COOL_DOWN_MS = 250;
/** A call waits this long for the database, then it is told to try again; the request itself goes on. */
const PATIENCE_MS = 5_000;

export interface LeasesOptions {
  source: LeaseSource;
  clock: Clock;
  /** Between 0 and 1: spreads over time what would otherwise happen at once for all entitlements. */
  random: () => number;
  /** Unique among all starts of the gateway. */
  newRequestId: () => string;
  /** Resolves when all usage that is written by now is in the database. */
  settled: () => Promise<void>;
  onError: (error: Error) => void;
}

/**
 * Brings quota units from the database into the cells: one request per cell at a time, and as many at once as the database takes. A request
 * that fails holds up its own entitlement alone, unless the database is away.
 */
export class Leases {
  failures = 0;
  acquired = 0;
  /** Counts `forget`: an answer to a request from before it is void, and so is a unit that was charged before it. */
  generation = 0;
  readonly #options: LeasesOptions;
  readonly #turns: Turns;
  /** The database was away; nobody asks before this time (epoch ms). */
  #awayUntil = 0;
  /** No lease is asked for before it resolves; null when nothing is in the way. */
  #barrier: Promise<void> | null = null;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#turns = new Turns(options.source.atOnce);
  }

  /** Charges `cost` units, asking the database as long as the cell can't tell. Null: the database can't be asked now. */
  async charge(entitlement: GatewayEntitlement, cost: number): Promise<Exclude<Charge, 'LEASE'> | null> {
    const asking = askingOf(entitlement);
    asking.waiting += cost;
    try {
      for (;;) {
        const verdict = charge(entitlement.quota, cost, this.#options.clock.now());
        if (verdict !== 'LEASE') return verdict;
        if (!(await this.#ask(entitlement, asking, cost))) return null;
      }
    } finally {
      asking.waiting -= cost;
    }
  }

  /**
   * Makes the entitlement's present period known, so that even a refusal can name what is left of it, and leases a unit: most
   * calls need just that one.
   */
  async learnPeriod(entitlement: GatewayEntitlement): Promise<void> {
    await this.#ask(entitlement, askingOf(entitlement), 0);
  }

  /**
   * Renews in the background when less than half a block is left. Costs a few comparisons when nothing is due. Waits for a later call while
   * calls wait for the database.
   */
  renew(entitlement: GatewayEntitlement): void {
    const plan = planRenewal(entitlement.quota);
    if (plan === null || entitlement.quota.recalled || !this.#turns.free) return;
    const asking = askingOf(entitlement);
    if (asking.flight || asking.unanswered || this.#cooling(asking)) return;
    asking.flightSince = this.#options.clock.now();
    asking.flight = this.#send(entitlement, asking, this.#spread(plan, 1));
  }

  /**
   * Forgets every lease: the database does not know any more what it granted. Units of unlimited quotas stay, they come from no lease. What was
   * asked before is let end, then `release` must make the database forget the leases too; until then calls that need one wait, or are refused.
   */
  forget(entitlements: Iterable<GatewayEntitlement>, release: () => Promise<void>): Promise<void> {
    this.generation += 1;
    const flights: (Promise<void> | null)[] = [this.#barrier];
    for (const { quota, asking } of entitlements) {
      if (asking?.flight) flights.push(asking.flight);
      if (asking) asking.unanswered = null;
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

  /** Joins the request under way or sends one. @returns whether the database answered in time */
  async #ask(entitlement: GatewayEntitlement, asking: Asking, need: number): Promise<boolean> {
    const { clock } = this.#options;
    if (!asking.flight) {
      if (this.#cooling(asking)) return false;
      asking.flightSince = clock.now();
      asking.flight = this.#begin(entitlement, asking, need);
    }
    const leftMs = asking.flightSince + PATIENCE_MS - clock.now();
    if (leftMs <= 0) return false;
    const ended = asking.flight.then(() => asking.unanswered === null);
    return withDeadline(ended, leftMs);
  }

  #begin(entitlement: GatewayEntitlement, asking: Asking, need: number): Promise<void> {
    // Calls of the unlimited time took no units from a lease: they must be in the account before one is granted.
    if (entitlement.quota.available === Number.POSITIVE_INFINITY) asking.mustSettle = true;
    if (asking.unanswered) return this.#send(entitlement, asking, asking.unanswered);
    const waiting = Math.max(1, asking.waiting);
    return this.#send(entitlement, asking, this.#spread(planLease(entitlement.quota, need, waiting), Math.max(need, waiting)));
  }

  /** Asks for up to a quarter less than planned, and no less than `least`: what is used alike does not run out, and is not renewed, at once. */
  #spread(plan: LeasePlan, least: number): LeasePlan {
    return { ...plan, want: Math.max(least, plan.want - Math.floor((plan.want / 4) * this.#options.random())) };
  }

  async #send(entitlement: GatewayEntitlement, asking: Asking, plan: LeasePlan | LeaseRequest): Promise<void> {
    const { clock, newRequestId } = this.#options;
    const cell = entitlement.quota;
    const request =
      'requestId' in plan ? plan : { ...plan, requestId: newRequestId(), entitlementId: entitlement.id, periodId: cell.periodId };
    asking.unanswered = request;
    const generation = this.generation;
    const answer = await this.#acquire(request, asking);
    asking.flight = null;
    if (answer === null || generation !== this.generation) return;
    const { nowMs, ...lease } = answer;
    const now = clock.now();
    const shift = now - nowMs;
    applyLease(cell, { ...lease, startsAt: lease.startsAt + shift, endsAt: lease.endsAt + shift }, now);
    asking.unanswered = null;
    this.acquired += 1;
  }

  /** @returns null when there is no answer: the request failed, or when its turn came it was void, or the database was known to be away */
  async #acquire(request: LeaseRequest, asking: Asking): Promise<LeaseGrant | null> {
    const { source, clock, settled } = this.#options;
    const generation = this.generation;
    try {
      if (this.#barrier) await this.#barrier;
      if (asking.mustSettle) await settled();
    } catch (error) {
      this.#failed(asking, error as Error);
      return null;
    }
    asking.mustSettle = false;
    const turn = this.#turns.enter();
    if (turn) await turn;
    try {
      if (generation !== this.generation || clock.now() < this.#awayUntil) return null;
      return await source.acquire(request);
    } catch (error) {
      this.#failed(asking, error as Error);
      return null;
    } finally {
      this.#turns.leave();
    }
  }

  #failed(asking: Asking, error: Error): void {
    const { source, clock, random, onError } = this.#options;
    this.failures += 1;
    const retryAt = clock.now() + COOL_DOWN_MS * (1 + random() / 2);
    if (source.isAway(error)) this.#awayUntil = retryAt;
    else asking.retryAt = retryAt;
    onError(error);
  }

  #cooling(asking: Asking): boolean {
    return this.#options.clock.now() < Math.max(asking.retryAt, this.#awayUntil);
  }
}

/** Kept on the entitlement itself, which outlives every snapshot. */
function askingOf(entitlement: GatewayEntitlement): Asking {
  entitlement.asking ??= { waiting: 0, flight: null, flightSince: 0, unanswered: null, mustSettle: false, retryAt: 0 };
  return entitlement.asking;
}

/** False when `ended` takes longer than `ms`. */
function withDeadline(ended: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
