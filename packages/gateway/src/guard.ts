import type { Clock } from '@api-factory/core';
import { admit, type Charge, charge, type DenyCode, ProblemError, refund, returnRate } from '@api-factory/core';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { billingParts, CONCURRENCY_PARTS, refusalParts } from './answer/refusal-parts.ts';
import type { Call } from './call.ts';
import { readKey } from './credential.ts';
import type { FailureLimit } from './failures.ts';
import { Places } from './heavy/places.ts';
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
  /** A snapshot that nobody confirmed for this long is not trusted any more. */
  snapshotMaxAgeMs: number;
  /** Where a consumer settles the payment of a suspended key; null where there is no such page. */
  billingUrl: () => string | null;
}

/** The guard's hands: finds the key, lets core decide, and turns a verdict into a refusal or a charge. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #places = new Places();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** The hook before the body is read: credential, key status, expiry, plan, rate. No await in the steady state. */
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
      // The first call of a period has to ask for a lease in any case: asked here, even a refusal can name what is left.
      leases.learnPeriod(call.entitlement).then(() => done(), done);
    };
  }

  /**
   * Takes `cost` units for an admitted call. Returns null when they are taken at once, and a promise only when the
   * database has to be asked.
   * @throws ProblemError QUOTA_EXCEEDED or QUOTA_UNAVAILABLE; then nothing was taken
   */
  charge(call: Call, cost: number): Promise<void> | null {
    const cell = call.entitlement.quota;
    const charged = charge(cell, cost, this.#options.clock.now());
    if (charged === 'LEASE')
      return this.#options.leases.charge(call.entitlement, cost).then((outcome) => this.#charged(call, cost, outcome));
    this.#charged(call, cost, charged);
    return null;
  }

  /**
   * Takes a place among the heavy calls of an entitlement that are in flight.
   * @returns a function that frees it
   * @throws ProblemError RATE_LIMITED with the policy `concurrency`; then the call took neither rate nor quota
   */
  enterHeavy(call: Call): () => void {
    const { key, entitlement, admittedAt } = call;
    if (this.#places.take(entitlement)) return () => this.#places.leave(entitlement);
    call.admitted = false;
    const { plan, rate } = entitlement;
    if (plan.rateLimit !== null) returnRate(rate, plan.rateWindowMs, admittedAt);
    throw this.#tooManyHeavy(key);
  }

  /** Takes back a call that nothing was computed for, because there was too much to do: it costs nothing and leaves no event. */
  overloaded(call: Call): void {
    this.refund(call);
    call.admitted = false;
    this.#countOverload(call.key);
  }

  /** Gives the units of a call back to the entitlement, period and lease that they came from. The rate stays spent. */
  refund(call: Call): void {
    if (call.cost > 0 && call.leasedIn === this.#options.leases.generation) refund(call.entitlement.quota, call.periodId, call.cost);
    call.cost = 0;
  }

  /** Takes back a call whose usage could not be recorded: it costs nothing, and is counted as not answered. */
  unmetered(call: Call): void {
    this.refund(call);
    call.admitted = false;
    this.#options.metrics.unavailable('METERING_UNAVAILABLE');
  }

  #charged(call: Call, cost: number, outcome: Exclude<Charge, 'LEASE'> | null): void {
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
   * Refuses before the body is read what need not be looked at more closely: everything during an overload, and a large body of an
   * entitlement whose heavy calls fill their places. Takes nothing.
   */
  #refuseEarly(request: FastifyRequest, key: GatewayKey, now: number): ProblemError | null {
    const { overload } = this.#options;
    const crowded = this.#places.full > 0 && this.#places.isFull(key.entitlement) && isLarge(request);
    if (!overload.refusing && !crowded) return null;
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

  /** The same answer for unknown, malformed and revoked; too many of them from one address and it is 429. */
  #refuseCredential(request: FastifyRequest, done: HookHandlerDoneFunction): void {
    this.#options.metrics.verdict('INVALID_KEY');
    this.#options.failures.count(request).then((waitSeconds) => {
      if (waitSeconds === null) return done(new ProblemError('INVALID_KEY'));
      this.#options.metrics.limited('credentials');
      const detail = `Too many credentials that are not valid came from this address; retry in ${waitSeconds} s.`;
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

/** A call that has taken nothing yet. */
const callOf = (key: GatewayKey, now: number, admitted: boolean): Call => ({
  key,
  entitlement: key.entitlement,
  admittedAt: now,
  admitted,
  periodId: '',
  cost: 0,
  leasedIn: null,
});

/** Bodies beyond this, and those that don't say how long they are, take a noticeable time to read. */
const LARGE_BODY_BYTES = 65_536;
const isLarge = ({ headers }: FastifyRequest): boolean =>
  headers['content-length'] === undefined || Number(headers['content-length']) > LARGE_BODY_BYTES;
