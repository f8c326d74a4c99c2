import { isDeepStrictEqual } from 'node:util';
import type { EntitlementRow, KeyRow, LeaseRequest, PlanRow } from '@api-factory/core';
import { emptyQuotaCell, emptyRateCell, type GuardEntitlement, type GuardKey, type GuardPlan } from '@api-factory/core';
import { encodeIdentity } from '../spool/record.ts';

/** A plan version with its `RateLimit-Policy` header. */
export interface GatewayPlan extends GuardPlan {
  /** `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers; empty when nothing is limited. */
  readonly policy: string;
}

export interface GatewayEntitlement extends GuardEntitlement {
  plan: GatewayPlan;
  /** Quota periods are counted from here, epoch ms. */
  anchor: number;
  /** State of its lease requests; null before the first. */
  leaseState: LeaseState | null;
}

/** State of the lease requests of one quota cell. */
export interface LeaseState {
  /** Total cost of the waiting calls. */
  waiting: number;
  /** The request in flight, shared by all waiting calls. */
  flight: Promise<void> | null;
  /** Epoch ms. */
  flightSince: number;
  /**
   * A request without a response. It is sent again first, with the same id, so that no unit is lost
   * or granted twice.
   */
  unanswered: LeaseRequest | null;
  /** The quota was unlimited until now: its usage must be settled before a lease is requested. */
  mustSettle: boolean;
  /** After a failed request, the next one waits until then (epoch ms). */
  retryAt: number;
}

export interface GatewayKey extends GuardKey {
  entitlement: GatewayEntitlement;
  /** Suspended by its subscription, not by the operator. */
  byBilling: boolean;
  /** Entitlement, key and consumer, encoded for the spool at the key's first call. */
  identity: Buffer | null;
}

/**
 * The plans, entitlements and keys in memory. Quota and rate cells belong to entitlements, which
 * persist across changes, so a changed plan or a rotated key loses no count. Calls may run between
 * any two method calls.
 */
export class SnapshotRows {
  readonly byHash = new Map<string, GatewayKey>();
  readonly byId = new Map<string, GatewayKey>();
  readonly entitlements = new Map<string, GatewayEntitlement>();
  readonly #plans = new Map<string, GatewayPlan>();

  setPlan(row: PlanRow): void {
    const key = planKey(row.id, row.version);
    const known = this.#plans.get(key);
    // An unchanged plan version stays the same object, so that no lease is recalled. It changes if
    // its plan was deleted and created again.
    if (known === undefined || !isDeepStrictEqual(known, toPlan(row))) this.#plans.set(key, toPlan(row));
  }

  setEntitlement(row: EntitlementRow): void {
    const plan = this.#plans.get(planKey(row.planId, row.planVersion));
    if (!plan) throw new Error(`the snapshot refers to plan ${row.planId} version ${row.planVersion} but does not contain it`);
    const known = this.entitlements.get(row.id);
    if (!known) {
      this.entitlements.set(row.id, {
        id: row.id,
        consumerId: row.consumerId,
        plan,
        anchor: row.anchor,
        rate: emptyRateCell(),
        quota: emptyQuotaCell(),
        leaseState: null,
      });
      return;
    }
    known.consumerId = row.consumerId;
    // The old lease does not apply to the new limit and period: the next call surrenders it.
    if (known.plan !== plan || known.anchor !== row.anchor) known.quota.recalled = true;
    known.plan = plan;
    known.anchor = row.anchor;
  }

  setKey(row: KeyRow): void {
    const old = this.byId.get(row.id);
    if (row.status === 'revoked') {
      this.removeKey(old);
      return;
    }
    const entitlement = this.entitlements.get(row.entitlementId);
    if (!entitlement) throw new Error(`the snapshot refers to entitlement ${row.entitlementId} but does not contain it`);
    if (old && old.hash === row.hash && old.entitlement === entitlement) {
      setStatus(old, row);
      return;
    }
    this.removeKey(old);
    const { id, hash, status, byBilling } = row;
    const key: GatewayKey = { id, hash, status, byBilling, expiresAt: expiryOf(row), entitlement, identity: null };
    this.byHash.set(key.hash, key);
    this.byId.set(key.id, key);
  }

  /** The part of `setKey` that only restricts the key. Does not need the entitlement. */
  restrictKey(row: KeyRow): void {
    if (row.status === 'enabled' && row.expiresAt === null) return;
    const known = this.byId.get(row.id);
    if (known === undefined) return;
    if (row.status === 'revoked') this.removeKey(known);
    else if (row.status === 'suspended') setStatus(known, row);
    else known.expiresAt = Math.min(known.expiresAt, expiryOf(row));
  }

  removeKey(key: GatewayKey | undefined): void {
    if (!key) return;
    // Calls in progress refer to the key and see the status too.
    key.status = 'revoked';
    this.byHash.delete(key.hash);
    this.byId.delete(key.id);
  }
}

const expiryOf = ({ expiresAt }: KeyRow): number => expiresAt ?? Number.POSITIVE_INFINITY;

function setStatus(key: GatewayKey, row: KeyRow): void {
  key.status = row.status;
  key.byBilling = row.byBilling;
  key.expiresAt = expiryOf(row);
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
