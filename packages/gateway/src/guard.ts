import type { Clock } from '@api-factory/core';
import { admit, type Charge, charge, type DenyCode, ProblemError, refund, returnRate } from '@api-factory/core';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { billingParts, CONCURRENCY_PARTS, refusalParts } from './answer/refusal-parts.ts';
import type { Call } from './call.ts';
import { readKey } from './credential.ts';
import type { FailureLimit } from './failures.ts';
import { HeavySlots } from './heavy/slots.ts';
import type { GatewayMetrics } from './metrics/metrics.ts';
import type { Overload } from './overload.ts';
import type { Leases } from './quota/leases.ts';
import type { GatewayKey, Snapshot } from './snapshot/snapshot.ts';
import type { Refusals } from './spool/refusals.ts';

export interface GuardOptions {
  clock: Clock;
  snapshot: Snapshot;
  leases: Leases;
  refusals: Refusals;
  failures: FailureLimit;
  metrics: GatewayMetrics;
  overload: Pick<Overload, 'refusing'>;
  /** A snapshot that was not confirmed for this long is not trusted. */
  snapshotMaxAgeMs: number;
  /** The page where a consumer settles an open payment; null without billing. */
  billingUrl: () => string | null;
}

/**
 * Connects the pure guard to HTTP: finds the key, calls core, and turns the verdict into a refusal
 * or a charge.
 */
export class Guard {
  readonly #options: GuardOptions;
  readonly #slots = new HeavySlots();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * The hook before the body is read: credential, status, expiry, plan and rate. No await in the
   * steady state.
   */
  onRequest(api: string): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void {
    return (request, _reply, done) => {
      const { snapshot, snapshotMaxAgeMs, leases, metrics } = this.#options;
      const now = request.startedAt;
      if (snapshot.ageMs(now) > snapshotMaxAgeMs) {
        metrics.unavailable('SNAPSHOT_STALE');
        return done(new ProblemError('SNAPSHOT_STALE', { retryAfterSeconds: 1 }));
      }
      const credential = readKey(request.headers);
      if (credential.kind === 'none') return done(new ProblemError('UNAUTHORIZED'));
      if (credential.kind === 'conflict') return done(new ProblemError('CREDENTIAL_CONFLICT'));
      const key = credential.kind === 'key' ? snapshot.find(credential.hash) : undefined;
      if (!key) return this.#refuseCredential(request, done);
      const early = this.#refuseEarly(request, key, now);
      if (early) return done(early);
      const verdict = admit(key, api, now);
      if (verdict === 'INVALID_KEY') return this.#refuseCredential(request, done);
      const call = callOf(key, now, verdict === 'ALLOW');
      request.call = call;
      metrics.verdict(verdict);
      if (verdict !== 'ALLOW') return done(this.#refusal(call, verdict, now));
      if (now < call.entitlement.quota.endsAt) return done();
      // The first call of a period needs a lease anyway. Leasing here lets even a refusal state the
      // remaining quota.
      leases.learnPeriod(call.entitlement).then(() => done(), done);
    };
  }

  /**
   * Charges `cost` units to an admitted call. Returns null when done, and a promise only if the
   * call has to wait for the database.
   * @throws ProblemError QUOTA_EXCEEDED or QUOTA_UNAVAILABLE; then nothing was charged
   */
  charge(call: Call, cost: number): Promise<void> | null {
    const cell = call.entitlement.quota;
    const charged = charge(cell, cost, this.#options.clock.now());
    if (charged === 'LEASE')
      return this.#options.leases.charge(call.entitlement, cost).then((outcome) => this.#applyOutcome(call, cost, outcome));
    this.#applyOutcome(call, cost, charged);
    return null;
  }

  /**
   * Takes one of the entitlement's slots for heavy calls.
   * @returns a function that frees it
   * @throws ProblemError RATE_LIMITED with the policy `concurrency`; then the call is counted
   * neither in the rate nor in the quota
   */
  enterHeavy(call: Call): () => void {
    const { key, entitlement, admittedAt } = call;
    if (this.#slots.take(entitlement)) return () => this.#slots.leave(entitlement);
    call.admitted = false;
    const { plan, rate } = entitlement;
    if (plan.rateLimit !== null) returnRate(rate, plan.rateWindowMs, admittedAt);
    throw this.#tooManyHeavy(key);
  }

  /** Undoes a call that was not run because of overload: it is not charged and writes no event. */
  overloaded(call: Call): void {
    this.refund(call);
    call.admitted = false;
    this.#countOverload(call.key);
  }

  /**
   * Refunds the units of a call to the entitlement, period and lease that they came from. The rate
   * stays spent.
   */
  refund(call: Call): void {
    if (call.cost > 0 && call.leasedIn === this.#options.leases.generation) refund(call.entitlement.quota, call.periodId, call.cost);
    call.cost = 0;
  }

  /** Undoes a call whose usage could not be recorded: it is not charged. */
  unmetered(call: Call): void {
    this.refund(call);
    call.admitted = false;
    this.#options.metrics.unavailable('METERING_UNAVAILABLE');
  }

  #applyOutcome(call: Call, cost: number, outcome: Exclude<Charge, 'LEASE'> | null): void {
    if (outcome === 'ALLOW') {
      call.periodId = call.entitlement.quota.periodId;
      call.cost = cost;
      call.leasedIn = Number.isFinite(call.entitlement.quota.available) ? this.#options.leases.generation : null;
      this.#options.leases.renew(call.entitlement);
      return;
    }
    call.admitted = false;
    this.#options.metrics.verdict(outcome ?? 'QUOTA_UNAVAILABLE');
    if (outcome !== null) throw this.#refusal(call, outcome, this.#options.clock.now());
    this.#options.metrics.unavailable('QUOTA_UNAVAILABLE');
    this.#options.refusals.count(call.key, 'QUOTA_UNAVAILABLE');
    throw new ProblemError('QUOTA_UNAVAILABLE', { retryAfterSeconds: 1 });
  }

  #refusal(call: Call, code: DenyCode, now: number): ProblemError {
    const { refusals, metrics } = this.#options;
    refusals.count(call.key, code);
    if (code === 'RATE_LIMITED') metrics.limited('rate');
    if (code === 'QUOTA_EXCEEDED') metrics.limited('quota');
    if (code === 'KEY_SUSPENDED' && call.key.byBilling) return new ProblemError(code, billingParts(this.#options.billingUrl()));
    return new ProblemError(code, refusalParts(call.key, code, now));
  }

  /**
   * Refuses without reading the body: every call during an overload, and a large body while the
   * entitlement has no free slot for heavy calls. Charges nothing.
   */
  #refuseEarly(request: FastifyRequest, key: GatewayKey, now: number): ProblemError | null {
    const { overload } = this.#options;
    const isLargeWithoutSlot = this.#slots.full > 0 && this.#slots.isFull(key.entitlement) && isLarge(request);
    if (!overload.refusing && !isLargeWithoutSlot) return null;
    if (key.status !== 'enabled' || now >= key.expiresAt) return null;
    request.call = callOf(key, now, false);
    if (!overload.refusing) return this.#tooManyHeavy(key);
    this.#countOverload(key);
    return new ProblemError('OVERLOADED', { detail: 'Too many requests are waiting. Nothing was charged.', retryAfterSeconds: 1 });
  }

  #countOverload(key: GatewayKey): void {
    this.#options.metrics.unavailable('OVERLOADED');
    this.#options.refusals.count(key, 'OVERLOADED');
  }

  #tooManyHeavy(key: GatewayKey): ProblemError {
    const { refusals, metrics } = this.#options;
    refusals.count(key, 'RATE_LIMITED');
    metrics.verdict('RATE_LIMITED');
    metrics.limited('concurrency');
    return new ProblemError('RATE_LIMITED', CONCURRENCY_PARTS);
  }

  /**
   * The same response for unknown, malformed and revoked keys, and 429 after too many from one
   * address.
   */
  #refuseCredential(request: FastifyRequest, done: HookHandlerDoneFunction): void {
    this.#options.metrics.verdict('INVALID_KEY');
    this.#options.failures.count(request).then((waitSeconds) => {
      if (waitSeconds === null) return done(new ProblemError('INVALID_KEY'));
      this.#options.metrics.limited('credentials');
      const detail = `Too many invalid credentials from this address. Retry in ${waitSeconds} s.`;
      return done(
        new ProblemError('RATE_LIMITED', {
          detail,
          retryAfterSeconds: waitSeconds,
          details: { policy: 'credentials', retryAfter: waitSeconds },
        }),
      );
    }, done);
  }
}

/** A call that has not been charged. */
const callOf = (key: GatewayKey, now: number, admitted: boolean): Call => ({
  key,
  entitlement: key.entitlement,
  admittedAt: now,
  admitted,
  periodId: '',
  cost: 0,
  leasedIn: null,
});

/** Larger bodies, and those of unknown length, take noticeable time to read. */
const LARGE_BODY_BYTES = 65_536;
const isLarge = ({ headers }: FastifyRequest): boolean =>
  headers['content-length'] === undefined || Number(headers['content-length']) > LARGE_BODY_BYTES;
