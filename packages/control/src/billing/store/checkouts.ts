import type { Access, BillingMode } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** A checkout that was begun here. */
export interface CheckoutRow {
  sessionId: string;
  planId: string;
  nonceHash: string;
  state: 'open' | 'complete' | 'expired';
  customerId: string | null;
  subscriptionId: string | null;
  /** The key that was minted last. */
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

/** Holds the row until the transaction ends, so that a checkout has one claim at a time. */
export const lockCheckout = async (tx: Transaction<Tables>, mode: BillingMode, sessionId: string): Promise<CheckoutRow | null> =>
  (await selectCheckouts(tx, mode).where('session_id', '=', sessionId).forUpdate().executeTakeFirst()) ?? null;

/** The newest checkout that one of the hashes was written for, not older than `since`. */
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

/** Writes down what Stripe says of a session. What is complete stays so. */
export async function noteSession(
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

/** The slot that a subscription's keys are minted in, and what its access is now; null before its first sync. */
export async function findSlot(
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

/** The Stripe customer whose subscription gave the entitlement; null when none did. */
export async function customerOfEntitlement(db: Database, mode: BillingMode, entitlementId: string): Promise<string | null> {
  const row = await db
    .selectFrom('subscriptions')
    .select('customer_id')
    .where('mode', '=', mode)
    .where('entitlement_id', '=', entitlementId)
    .executeTakeFirst();
  return row?.customer_id ?? null;
}

/** Paid checkouts that one of the nonces was made for, the newest first. */
export async function paidCheckouts(db: Database, mode: BillingMode, nonceHashes: readonly string[]): Promise<CheckoutRow[]> {
  if (nonceHashes.length === 0) return [];
  return selectCheckouts(db, mode)
    .where('nonce_hash', 'in', nonceHashes)
    .where('state', '=', 'complete')
    .where('customer_id', 'is not', null)
    .orderBy('created_at', 'desc')
    .execute();
}

/** The Stripe customer that stands for the consumer. */
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
 * Takes the consumer off a Stripe customer that can't buy any more, so that another one may stand for it. What the old one bought stays with the
 * consumer by its entitlements.
 */
export async function unlinkCustomer(db: Database, mode: BillingMode, id: string): Promise<void> {
  await db.updateTable('stripe_customers').set({ consumer_id: null }).where('mode', '=', mode).where('id', '=', id).execute();
}

/** Whether a dispute holds the consumer. */
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

/** How many checkouts of a Stripe customer that were begun after `since` can still be paid. */
export async function countOpenOf(
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

/** Lets a Stripe customer stand for the consumer. @returns the one that does: another one when it was there first */
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

/** Whether the key was ever used, as far as usage was shipped. */
export async function wasUsed(db: Database, keyId: string): Promise<boolean> {
  const row = await db.selectFrom('ledger').select('key_id').where('key_id', '=', keyId).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Whether the slot has no other key that may be in use. */
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

/** Whether another key was put in the place of this one. */
export async function wasRotated(db: Database, keyId: string): Promise<boolean> {
  return (await db.selectFrom('keys').select('id').where('rotated_from', '=', keyId).limit(1).executeTakeFirst()) !== undefined;
}

const selectCheckouts = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('checkouts')
    .select(['session_id as sessionId', 'plan_id as planId', 'nonce_hash as nonceHash', 'state'])
    .select(['customer_id as customerId', 'subscription_id as subscriptionId', 'key_id as keyId'])
    .where('mode', '=', mode);

/** Those of the checkout sessions that were begun here. An account may sell other things, too. */
export async function sessionsBegunHere(db: Database, mode: BillingMode, sessionIds: string[]): Promise<Set<string>> {
  if (sessionIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('checkouts')
    .select('session_id')
    .where('mode', '=', mode)
    .where('session_id', 'in', sessionIds)
    .execute();
  return new Set(rows.map(({ session_id }) => session_id));
}
