import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import { type ControlApp, START } from '../../testing/app.ts';
import { newId } from '../../usage/testing/fixtures.ts';

export interface KeyParts {
  /** The plan’s version 1. */
  plan?: string;
  operatorStatus?: 'enabled' | 'suspended' | 'revoked';
  keyMode?: 'live' | 'test';
  expiresAt?: Date | null;
  /** An existing entitlement; the fields below that describe one are ignored. */
  entitlementId?: string;
  /** Billing mode of the subscription; null for an entitlement created by the operator. */
  mode?: 'sandbox' | 'test' | 'live' | null;
  access?: 'active' | 'grace' | 'suspended' | 'revoked';
  /** Settled units of a period from START to a day later; no period when absent. */
  settled?: number;
}

/** A test key, in a new entitlement by default. Later ones are newer. */
export async function aKey(db: Database, parts: KeyParts = {}): Promise<{ id: string; entitlementId: string }> {
  const id = newId('key');
  const entitlementId = parts.entitlementId ?? (await anEntitlement(db, parts));
  await db
    .insertInto('keys')
    .values({
      id,
      entitlement_id: entitlementId,
      name: `name of ${id}`,
      hash: id,
      prefix: 'af_test_none',
      last4: 'none',
      mode: parts.keyMode ?? 'test',
      operator_status: parts.operatorStatus ?? 'enabled',
      expires_at: parts.expiresAt ?? null,
      snapshot_version: 1,
    })
    .execute();
  if (parts.settled !== undefined) await aPeriod(db, entitlementId, { from: START, settled: parts.settled });
  return { id, entitlementId };
}

async function anEntitlement(db: Database, { plan = 'starter', mode = null, access = 'active' }: KeyParts): Promise<string> {
  const id = newId('ent');
  const row = { id, consumer_id: null, plan_id: plan, plan_version: 1, snapshot_version: 1 };
  const granted = mode === null ? {} : ({ source: 'subscription', mode, subscription_id: newId('sub'), access } as const);
  await db
    .insertInto('entitlements')
    .values({ ...row, ...granted })
    .execute();
  return id;
}

/** A period of one day. */
export async function aPeriod(db: Database, entitlementId: string, { from, settled }: { from: number; settled: number }): Promise<void> {
  const bounds = { starts_at: new Date(from), ends_at: new Date(from + 86_400_000) };
  await db
    .insertInto('quotas')
    .values({ period_id: newId('per'), entitlement_id: entitlementId, ...bounds, settled })
    .execute();
}

/**
 * Deletes what a test created, except plans, and resets the clock. A new database per test would
 * take most of the time.
 */
export async function reset({ database: { db }, context, advance }: ControlApp): Promise<void> {
  advance(START - context.clock.now());
  context.limits.of = () => null;
  await sql`truncate entitlements, consumers, stripe_customers, stripe_events, billing_flags, billing_drift, usage_days, usage_refusals,
    usage_quarantine cascade`.execute(db);
}
