import type { Access, BillingMode } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** A checkout that was started here. */
export interface CheckoutRow {
  sessionId: string;
  planId: string;
  nonceHash: string;
  state: 'open' | 'complete' | 'expired';
  customerId: string | null;
  subscriptionId: string | null;
  /** The key that was created last. */
  keyId: string | null;
}

export interface NewCheckout {
  sessionId: string;
  planId: string;
  nonceHash: string;
  idempotencyHash: string | null;
  customerId: string | null;
  at: Date;
}

export async function insertCheckout(db: Database, mode: BillingMode, row: NewCheckout): Promise<void> {
  await db
    .insertInto('checkouts')
    .values({
      mode,
      session_id: row.sessionId,
      plan_id: row.planId,
      nonce_hash: row.nonceHash,
      idempotency_hash: row.idempotencyHash,
      customer_id: row.customerId,
      created_at: row.at,
    })
    .execute();
}

export const findCheckout = async (db: Database, mode: BillingMode, sessionId: string): Promise<CheckoutRow | null> =>
  (await selectCheckouts(db, mode).where('session_id', '=', sessionId).executeTakeFirst()) ?? null;

/** Locks the row until the transaction ends: a checkout has one claim at a time. */
export const lockCheckout = async (tx: Transaction<Tables>, mode: BillingMode, sessionId: string): Promise<CheckoutRow | null> =>
  (await selectCheckouts(tx, mode).where('session_id', '=', sessionId).forUpdate().executeTakeFirst()) ?? null;

/** The newest checkout since `since` with one of the idempotency hashes. */
export async function findRepeated(
  db: Database,
  mode: BillingMode,
  { hashes, since }: { hashes: string[]; since: Date },
): Promise<CheckoutRow | null> {
  if (hashes.length === 0) return null;
  const row = await selectCheckouts(db, mode)
    .where('idempotency_hash', 'in', hashes)
    .where('created_at', '>', since)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Updates a checkout from its Stripe session. A complete one stays complete. */
export async function updateCheckout(
  db: Database,
  mode: BillingMode,
  session: { id: string; state: CheckoutRow['state']; customerId: string | null; subscriptionId: string | null },
): Promise<void> {
  await db
    .updateTable('checkouts')
    .set({ state: session.state, customer_id: session.customerId, subscription_id: session.subscriptionId })
    .where('mode', '=', mode)
    .where('session_id', '=', session.id)
    .where('state', '<>', 'complete')
    .execute();
}

export async function setMintedKey(tx: Transaction<Tables>, mode: BillingMode, sessionId: string, keyId: string): Promise<void> {
  await tx.updateTable('checkouts').set({ key_id: keyId }).where('mode', '=', mode).where('session_id', '=', sessionId).execute();
}

/** The entitlement and access of a subscription; null before its first sync. */
export async function entitlementOfSubscription(
  db: Database,
  mode: BillingMode,
  subscriptionId: string,
): Promise<{ entitlementId: string | null; access: Access; planId: string | null } | null> {
  const row = await db
    .selectFrom('subscriptions')
    .leftJoin('entitlements', 'entitlements.id', 'subscriptions.entitlement_id')
    .select(['subscriptions.entitlement_id as entitlementId', 'subscriptions.access', 'entitlements.plan_id as planId'])
    .where('subscriptions.mode', '=', mode)
    .where('subscriptions.id', '=', subscriptionId)
    .executeTakeFirst();
  return row ?? null;
}

/** The Stripe customer of an entitlement's subscription; null without one. */
export async function customerOfEntitlement(db: Database, mode: BillingMode, entitlementId: string): Promise<string | null> {
  const row = await db
    .selectFrom('subscriptions')
    .select('customer_id')
    .where('mode', '=', mode)
    .where('entitlement_id', '=', entitlementId)
    .executeTakeFirst();
  return row?.customer_id ?? null;
}

/** Paid checkouts with one of the nonces, newest first. */
export async function paidCheckouts(db: Database, mode: BillingMode, nonceHashes: readonly string[]): Promise<CheckoutRow[]> {
  if (nonceHashes.length === 0) return [];
  return selectCheckouts(db, mode)
    .where('nonce_hash', 'in', nonceHashes)
    .where('state', '=', 'complete')
    .where('customer_id', 'is not', null)
    .orderBy('created_at', 'desc')
    .execute();
}

/** The Stripe customer of a consumer. */
export async function customerOfConsumer(
  db: Database,
  mode: BillingMode,
  consumerId: string,
): Promise<{ id: string; deleted: boolean } | null> {
  const row = await db
    .selectFrom('stripe_customers')
    .select(['id', 'deleted'])
    .where('mode', '=', mode)
    .where('consumer_id', '=', consumerId)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Unlinks a deleted Stripe customer from its consumer, who can then get a new one. The consumer
 * keeps its entitlements.
 */
export async function unlinkCustomer(db: Database, mode: BillingMode, id: string): Promise<void> {
  await db.updateTable('stripe_customers').set({ consumer_id: null }).where('mode', '=', mode).where('id', '=', id).execute();
}

export async function isHeld(db: Database, mode: BillingMode, consumerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('disputes as d')
    .innerJoin('stripe_customers as c', (join) => join.onRef('c.mode', '=', 'd.mode').onRef('c.id', '=', 'd.customer_id'))
    .select('d.id')
    .where('d.mode', '=', mode)
    .where('d.hold', '=', true)
    .where('c.consumer_id', '=', consumerId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Number of unpaid checkouts of a Stripe customer since `since`. */
export async function countUnpaid(
  db: Database,
  mode: BillingMode,
  { customerId, since }: { customerId: string; since: Date },
): Promise<number> {
  const { open } = await db
    .selectFrom('checkouts')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('mode', '=', mode)
    .where('customer_id', '=', customerId)
    .where('state', '=', 'open')
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow();
  return Number(open);
}

/**
 * Links a Stripe customer to a consumer.
 * @returns the linked customer: another one if that was linked first
 */
export async function linkCustomer(db: Database, mode: BillingMode, link: { id: string; consumerId: string; at: Date }): Promise<string> {
  await sql`
    insert into stripe_customers (mode, id, consumer_id, created_at) values (${mode}, ${link.id}, ${link.consumerId}, ${link.at})
    on conflict (mode, id) do update set consumer_id = coalesce(stripe_customers.consumer_id, excluded.consumer_id)`
    .execute(db)
    .catch((error: { code?: string }) => {
      if (error.code !== '23505') throw error;
    });
  return (await customerOfConsumer(db, mode, link.consumerId))?.id ?? link.id;
}

/** Whether the key was used, according to shipped usage. */
export async function wasUsed(db: Database, keyId: string): Promise<boolean> {
  const row = await db.selectFrom('ledger').select('key_id').where('key_id', '=', keyId).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Whether every other key of the entitlement is revoked. */
export async function isOnlyKey(db: Database, { keyId, entitlementId }: { keyId: string; entitlementId: string }): Promise<boolean> {
  const other = await db
    .selectFrom('keys')
    .select('id')
    .where('entitlement_id', '=', entitlementId)
    .where('id', '<>', keyId)
    .where('operator_status', '<>', 'revoked')
    .limit(1)
    .executeTakeFirst();
  return other === undefined;
}

export async function wasRotated(db: Database, keyId: string): Promise<boolean> {
  return (await db.selectFrom('keys').select('id').where('rotated_from', '=', keyId).limit(1).executeTakeFirst()) !== undefined;
}

const selectCheckouts = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('checkouts')
    .select(['session_id as sessionId', 'plan_id as planId', 'nonce_hash as nonceHash', 'state'])
    .select(['customer_id as customerId', 'subscription_id as subscriptionId', 'key_id as keyId'])
    .where('mode', '=', mode);

/** The sessions that were started here. The account may sell other things too. */
export async function sessionsStartedHere(db: Database, mode: BillingMode, sessionIds: string[]): Promise<Set<string>> {
  if (sessionIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('checkouts')
    .select('session_id')
    .where('mode', '=', mode)
    .where('session_id', 'in', sessionIds)
    .execute();
  return new Set(rows.map(({ session_id }) => session_id));
}
