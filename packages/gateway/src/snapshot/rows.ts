import { isDeepStrictEqual } from 'node:util';
import type { EntitlementRow, KeyRow, LeaseRequest, PlanRow } from '@api-factory/core';
import { emptyQuotaCell, emptyRateCell, type GuardEntitlement, type GuardKey, type GuardPlan } from '@api-factory/core';
import { encodeIdentity } from '../spool/record.ts';

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
  /** A request for this entitlement failed; the next one waits until then (epoch ms). */
  retryAt: number;
}

export interface GatewayKey extends GuardKey {
  entitlement: GatewayEntitlement;
  /** Suspended by its subscription, not by the operator. */
  byBilling: boolean;
  /** Entitlement, key and consumer as the spool writes them; made at the key's first call. */
  identity: Buffer | null;
}

/**
 * The plans, entitlements and keys in memory. Cells of quota and rate live in entitlements, which outlive every change: a changed plan or a
 * rotated key loses no count. Each method is one step that calls can come between.
 */
export class SnapshotRows {
  readonly byHash = new Map<string, GatewayKey>();
  readonly byId = new Map<string, GatewayKey>();
  readonly entitlements = new Map<string, GatewayEntitlement>();
  readonly #plans = new Map<string, GatewayPlan>();

  setPlan(row: PlanRow): void {
    const key = planKey(row.id, row.version);
    const known = this.#plans.get(key);
    // Read again, a plan version is the same object, so that no lease is recalled for it. It differs when its plan was deleted and made anew.
    if (known === undefined || !isDeepStrictEqual(known, toPlan(row))) this.#plans.set(key, toPlan(row));
  }

  setEntitlement(row: EntitlementRow): void {
    const plan = this.#plans.get(planKey(row.planId, row.planVersion));
    if (!plan) throw new Error(`snapshot names plan ${row.planId} version ${row.planVersion} without its row`);
    const known = this.entitlements.get(row.id);
    if (!known) {
      this.entitlements.set(row.id, {
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

  setKey(row: KeyRow): void {
    const old = this.byId.get(row.id);
    if (row.status === 'revoked') {
      this.removeKey(old);
      return;
    }
    const entitlement = this.entitlements.get(row.entitlementId);
    if (!entitlement) throw new Error(`snapshot names entitlement ${row.entitlementId} without its row`);
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

  /** The part of `setKey` that takes something away, and needs no entitlement. */
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
    // Calls that hold the key between admission and answer see it too.
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
