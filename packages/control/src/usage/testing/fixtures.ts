import { randomUUID } from 'node:crypto';
import type { LeaseRequest, UsageBatch, UsageEvent } from '@api-factory/core';
import type { Database } from '../../store/database.ts';

let created = 0;

/** Unique in a run; ids sort in the order of their creation. */
export const newId = (prefix: string): string => `${prefix}_${String(created++).padStart(6, '0')}${randomUUID().slice(0, 8)}`;

export interface PlanParts {
  limit?: number | null;
  period?: 'month' | 'day';
  apis?: string[] | null;
  snapshotVersion?: number;
}

/** A plan with one version, 1. */
export async function aPlan(db: Database, parts: PlanParts = {}): Promise<string> {
  const id = newId('plan');
  await db.insertInto('plans').values({ id, current_version: 1 }).execute();
  await aPlanVersion(db, id, 1, parts);
  return id;
}

export async function aPlanVersion(db: Database, planId: string, version: number, parts: PlanParts = {}): Promise<void> {
  const { limit = 100, period = 'month', apis = null, snapshotVersion = 1 } = parts;
  await db
    .insertInto('plan_versions')
    .values({
      plan_id: planId,
      version,
      name: planId,
      quota_limit: limit,
      quota_period: period,
      rate_limit: 60,
      rate_window_seconds: 60,
      price_amount_cents: null,
      price_currency: null,
      price_interval: null,
      apis,
      snapshot_version: snapshotVersion,
    })
    .execute();
}

/** An entitlement, by default on a new plan. `anchor` defaults to an hour ago. */
export async function anEntitlement(db: Database, parts: PlanParts & { anchor?: Date; planId?: string } = {}): Promise<string> {
  const id = newId('ent');
  await db
    .insertInto('entitlements')
    .values({
      id,
      consumer_id: null,
      plan_id: parts.planId ?? (await aPlan(db, parts)),
      plan_version: 1,
      anchor: parts.anchor ?? new Date(Date.now() - 3_600_000),
      snapshot_version: parts.snapshotVersion ?? 1,
    })
    .execute();
  return id;
}

/** Adds a version to the entitlement's plan and moves the entitlement to it. */
export async function movePlan(db: Database, entitlementId: string, parts: PlanParts): Promise<void> {
  const { plan_id, plan_version } = await db
    .selectFrom('entitlements')
    .select(['plan_id', 'plan_version'])
    .where('id', '=', entitlementId)
    .executeTakeFirstOrThrow();
  await aPlanVersion(db, plan_id, plan_version + 1, parts);
  await db
    .updateTable('entitlements')
    .set({ plan_version: plan_version + 1 })
    .where('id', '=', entitlementId)
    .execute();
}

export async function aGateway(db: Database, id: string): Promise<string> {
  await db.insertInto('gateways').values({ id, boot_id: 'boot' }).execute();
  return id;
}

export const aRequest = (entitlementId: string, parts: Partial<LeaseRequest> = {}): LeaseRequest => ({
  requestId: newId('lr'),
  entitlementId,
  periodId: '',
  need: 1,
  want: 1,
  surrender: 0,
  ...parts,
});

export const anEvent = (parts: Partial<UsageEvent> = {}): UsageEvent => ({
  epoch: 1,
  sequence: created++,
  ts: Date.UTC(2025, 5, 15, 12, 30, 30),
  entitlementId: 'ent',
  periodId: 'per',
  keyId: 'key',
  consumerId: null,
  api: 'actions',
  method: 'POST',
  route: '/api/v1/actions',
  status: 200,
  cost: 1,
  requestBytes: 10,
  responseBytes: 20,
  durationMs: 1.5,
  requestId: newId('req'),
  ...parts,
});

export const aBatch = (parts: Partial<UsageBatch> = {}): UsageBatch => {
  const from = parts.from ?? 0;
  return { from, to: from + 100, events: [], streamEnds: [], refusals: [], ...parts };
};
