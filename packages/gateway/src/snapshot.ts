import { emptyQuotaCell, emptyRateCell, type GuardEntitlement, type GuardKey, type GuardPlan } from '@api-factory/core';
import type { Clock, EntitlementRow, KeyRow, LeaseRequest, PlanRow, SnapshotChange, SnapshotSource } from './ports.ts';
import { encodeIdentity } from './spool/record.ts';

/** A plan version with the header field that only changes with it. */
export interface GatewayPlan extends GuardPlan {
  /** `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers; empty when nothing is limited. */
  readonly policy: string;
}

export interface GatewayEntitlement extends GuardEntitlement {
  plan: GatewayPlan;
  /** Quota periods are counted from here, epoch ms. */
  anchor: number;
  /** What its quota cell is waiting for; null until it first had to ask. */
  asking: Asking | null;
}

/** What a quota cell is waiting for. */
export interface Asking {
  /** What the waiting calls cost together. */
  waiting: number;
  /** The request under way, shared by all who wait. */
  flight: Promise<void> | null;
  /** Epoch ms. */
  flightSince: number;
  /** A request without an answer: it is sent again under its name before any other, so that no unit is lost or given twice. */
  unanswered: LeaseRequest | null;
  /** The quota was unlimited until now: usage that is not in the database yet must come there first. */
  mustSettle: boolean;
}

export interface GatewayKey extends GuardKey {
  entitlement: GatewayEntitlement;
  /** Suspended by its subscription, not by the operator. */
  byBilling: boolean;
  /** Entitlement, key and consumer as the spool writes them; made at the key's first call. */
  identity: Buffer | null;
}

/**
 * The keys in memory: loaded at the start, then kept up by patches. Cells of quota and rate live in entitlements, which
 * outlive every patch: a changed plan or a rotated key loses no count.
 */
export class Snapshot {
  /** Version that the database gave to the last change taken over. */
  version: number | null = null;
  failures = 0;
  readonly #source: SnapshotSource;
  readonly #clock: Clock;
  readonly #byHash = new Map<string, GatewayKey>();
  readonly #byId = new Map<string, GatewayKey>();
  readonly #entitlements = new Map<string, GatewayEntitlement>();
  readonly #plans = new Map<string, GatewayPlan>();
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #queued: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: SnapshotSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The key with this SHA-256 (lower-case hex), if it may call at all. */
  find(hash: string): GatewayKey | undefined {
    return this.#byHash.get(hash);
  }

  entitlement(id: string): GatewayEntitlement | undefined {
    return this.#entitlements.get(id);
  }

  /** Every entitlement that is known, in no order. */
  entitlements(): Iterable<GatewayEntitlement> {
    return this.#entitlements.values();
  }

  /** Every entitlement with a key that may call. Made anew: not for a call's way. */
  entitlementsWithKeys(): Set<GatewayEntitlement> {
    const found = new Set<GatewayEntitlement>();
    for (const { entitlement } of this.#byId.values()) found.add(entitlement);
    return found;
  }

  get keys(): number {
    return this.#byHash.size;
  }

  /** Milliseconds since the database last confirmed that nothing is missing. */
  ageMs(nowMs: number): number {
    return nowMs - this.#confirmedAt;
  }

  /**
   * Takes over every change that is committed now. A refresh that is under way may have read before the commit, so the
   * call waits for the one after it; many waiting calls share that one.
   */
  refresh(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#queued ??= this.#running.catch(() => {}).then(() => this.#start());
    return this.#queued;
  }

  /** Confirms the snapshot once per `everyMs`. @returns a function that ends it */
  follow(everyMs: number, onError: (error: Error) => void): () => void {
    const step = async () => {
      try {
        await this.refresh();
      } catch (error) {
        this.failures += 1;
        onError(error as Error);
      }
      if (this.#timer) this.#timer = setTimeout(step, everyMs);
    };
    this.#timer = setTimeout(step, everyMs);
    return () => {
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = null;
    };
  }

  #start(): Promise<void> {
    this.#queued = null;
    this.#running = this.#load().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #load(): Promise<void> {
    const askedAt = this.#clock.now();
    const change = await this.#source.since(this.version);
    this.apply(change);
    this.#confirmedAt = askedAt;
  }

  /** Takes rows over: plans, then what refers to them. Revoked keys leave. */
  apply(change: SnapshotChange): void {
    if (change.complete) this.#forgetMissing(change);
    for (const plan of change.plans) this.#plans.set(planKey(plan.id, plan.version), toPlan(plan));
    for (const row of change.entitlements) this.#setEntitlement(row);
    for (const row of change.keys) this.#setKey(row);
    this.version = change.version;
  }

  #setEntitlement(row: EntitlementRow): void {
    const plan = this.#plans.get(planKey(row.planId, row.planVersion));
    if (!plan) throw new Error(`snapshot names plan ${row.planId} version ${row.planVersion} without its row`);
    const known = this.#entitlements.get(row.id);
    if (!known) {
      this.#entitlements.set(row.id, {
        id: row.id,
        consumerId: row.consumerId,
        plan,
        anchor: row.anchor,
        rate: emptyRateCell(),
        quota: emptyQuotaCell(),
        asking: null,
      });
      return;
    }
    known.consumerId = row.consumerId;
    // The database must judge the new limit and period: what is leased under the old plan or anchor is given back by the next call.
    if (known.plan !== plan || known.anchor !== row.anchor) known.quota.recalled = true;
    known.plan = plan;
    known.anchor = row.anchor;
  }

  #setKey(row: KeyRow): void {
    const old = this.#byId.get(row.id);
    if (row.status === 'revoked') {
      this.#removeKey(old);
      return;
    }
    const entitlement = this.#entitlements.get(row.entitlementId);
    if (!entitlement) throw new Error(`snapshot names entitlement ${row.entitlementId} without its row`);
    const expiresAt = row.expiresAt ?? Number.POSITIVE_INFINITY;
    if (old && old.hash === row.hash && old.entitlement === entitlement) {
      old.status = row.status;
      old.byBilling = row.byBilling;
      old.expiresAt = expiresAt;
      return;
    }
    this.#removeKey(old);
    const { id, hash, status, byBilling } = row;
    const key: GatewayKey = { id, hash, status, byBilling, expiresAt, entitlement, identity: null };
    this.#byHash.set(key.hash, key);
    this.#byId.set(key.id, key);
  }

  #removeKey(key: GatewayKey | undefined): void {
    if (!key) return;
    // Calls that hold the key between admission and answer see it too.
    key.status = 'revoked';
    this.#byHash.delete(key.hash);
    this.#byId.delete(key.id);
  }

  #forgetMissing(change: SnapshotChange): void {
    const keys = new Set(change.keys.map((key) => key.id));
    for (const key of this.#byId.values()) if (!keys.has(key.id)) this.#removeKey(key);
    const entitlements = new Set(change.entitlements.map((entitlement) => entitlement.id));
    for (const id of this.#entitlements.keys()) if (!entitlements.has(id)) this.#entitlements.delete(id);
  }
}

const planKey = (id: string, version: number): string => `${id}@${version}`;

function toPlan(row: PlanRow): GatewayPlan {
  const { id, version, rateLimit, rateWindowMs, quotaLimit } = row;
  const policies = [
    rateLimit === null ? null : `"rate";q=${rateLimit};w=${Math.round(rateWindowMs / 1000)}`,
    quotaLimit === null ? null : `"quota";q=${quotaLimit}`,
  ];
  return {
    id,
    version,
    rateLimit,
    rateWindowMs,
    quotaLimit,
    apis: row.apis === null ? null : new Set(row.apis),
    policy: policies.filter((policy) => policy !== null).join(', '),
  };
}

/** Entitlement, key and consumer of a call, encoded once per key. */
export function identityOf(key: GatewayKey): Buffer {
  key.identity ??= encodeIdentity(key.entitlement.id, key.id, key.entitlement.consumerId);
  return key.identity;
}
