import type { ShownKeyStatus } from '@api-factory/core';
import { type SqlBool, sql, type Transaction } from 'kysely';
import type { EntitlementRow } from '../entitlements/store.ts';
import { type Cursor, type Page, type PageRequest, toPage } from '../http/page.ts';
import type { Database } from '../store/database.ts';
import { escapeLike, microsOf, olderThan } from '../store/list-query.ts';
import type { Tables } from '../store/tables.ts';

export interface KeyRow {
  id: string;
  name: string;
  prefix: string;
  last4: string;
  mode: 'live' | 'test';
  operatorStatus: 'enabled' | 'suspended' | 'revoked';
  expiresAt: Date | null;
  rotatedFrom: string | null;
  createdAt: Date;
  entitlementId: string;
  planId: string;
  planVersion: number;
  consumerId: string | null;
  /**
   * Billing mode of the subscription. These three are null for an entitlement created by the
   * operator.
   */
  billingMode: EntitlementRow['mode'];
  subscriptionId: string | null;
  access: EntitlementRow['access'];
  lastUsedAt: Date | null;
}

/** A new key: only the hash and the displayable parts of the plaintext are stored. */
export interface NewKeyRow {
  id: string;
  entitlementId: string;
  name: string;
  hash: string;
  prefix: string;
  last4: string;
  mode: 'live' | 'test';
  operatorStatus: 'enabled' | 'suspended';
  expiresAt: Date | null;
  rotatedFrom: string | null;
}

interface Stamp {
  at: Date;
  version: number;
}

/** Id of the key that replaced this one, if it was rotated. */
export async function successorOf(tx: Transaction<Tables>, id: string): Promise<string | null> {
  const row = await tx.selectFrom('keys').select('id').where('rotated_from', '=', id).limit(1).executeTakeFirst();
  return row?.id ?? null;
}

export async function insertKey(tx: Transaction<Tables>, key: NewKeyRow, { at, version }: Stamp): Promise<void> {
  await tx
    .insertInto('keys')
    .values({
      id: key.id,
      entitlement_id: key.entitlementId,
      name: key.name,
      hash: key.hash,
      prefix: key.prefix,
      last4: key.last4,
      mode: key.mode,
      operator_status: key.operatorStatus,
      expires_at: key.expiresAt,
      rotated_from: key.rotatedFrom,
      // A rotated key keeps the origin of the one that it replaces.
      origin_entitlement_id: sql`(select origin_entitlement_id from keys where id = ${key.rotatedFrom})`,
      created_at: at,
      updated_at: at,
      snapshot_version: version,
    })
    .execute();
}

/** Writes the columns of a key that can change. */
export async function updateKey(
  tx: Transaction<Tables>,
  { id, name, operatorStatus, expiresAt }: Pick<KeyRow, 'id' | 'name' | 'operatorStatus' | 'expiresAt'>,
  { at, version }: Stamp,
): Promise<void> {
  await tx
    .updateTable('keys')
    .set({ name, operator_status: operatorStatus, expires_at: expiresAt, updated_at: at, snapshot_version: version })
    .$if(operatorStatus === 'revoked', (query) => query.set({ revoked_at: at }))
    .where('id', '=', id)
    .execute();
}

export const findKey = async (db: Database, id: string): Promise<KeyRow | null> =>
  (await selectKeys(db).where('keys.id', '=', id).executeTakeFirst()) ?? null;

/** Keys that are not revoked but refused because they belong to another mode. */
export async function countKeysOfOtherMode(
  db: Database,
  { keyMode, billingMode }: { keyMode: KeyRow['mode']; billingMode: EntitlementRow['mode'] },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from keys join entitlements e on e.id = keys.entitlement_id
    where keys.operator_status <> 'revoked' and e.access is distinct from 'revoked' and (keys.mode <> ${keyMode} or (e.mode is not null and e.mode is distinct from ${billingMode}::text))`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

export interface KeyFilter {
  status?: ShownKeyStatus;
  access?: NonNullable<EntitlementRow['access']>;
  plan?: string;
  consumer?: string;
  search?: string;
}

/** Newest first. `now` decides which keys have expired. */
export async function listKeys(db: Database, filter: KeyFilter & { now: Date }, { limit, after }: PageRequest): Promise<Page<KeyRow>> {
  const { status, access, plan, consumer, search, now } = filter;
  const rows = await selectKeys(db)
    .select(microsOf('keys.created_at').as('position'))
    .$if(status !== undefined, (query) => query.where(hasStatus(status as ShownKeyStatus, now)))
    .$if(access !== undefined, (query) => query.where('entitlements.access', '=', access as NonNullable<typeof access>))
    .$if(plan !== undefined, (query) => query.where('entitlements.plan_id', '=', plan as string))
    .$if(consumer !== undefined, (query) => query.where('entitlements.consumer_id', '=', consumer as string))
    .$if(search !== undefined, (query) => query.where(matches(search as string)))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'keys.created_at', 'keys.id')))
    .orderBy('keys.created_at', 'desc')
    .orderBy('keys.id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

const selectKeys = (db: Database) =>
  db
    .selectFrom('keys')
    .innerJoin('entitlements', 'entitlements.id', 'keys.entitlement_id')
    .select([
      'keys.id',
      'keys.name',
      'keys.prefix',
      'keys.last4',
      'keys.mode',
      'keys.operator_status as operatorStatus',
      'keys.expires_at as expiresAt',
    ])
    .select(['keys.rotated_from as rotatedFrom', 'keys.created_at as createdAt', 'keys.entitlement_id as entitlementId'])
    .select(['entitlements.plan_id as planId', 'entitlements.plan_version as planVersion', 'entitlements.consumer_id as consumerId'])
    .select(['entitlements.mode as billingMode', 'entitlements.subscription_id as subscriptionId', 'entitlements.access'])
    .select(sql<Date | null>`(select max(last_used_at) from ledger where key_id = keys.id)`.as('lastUsedAt'));

/** `statusOf` in SQL, for a statement that joins `keys` and `entitlements` under these names. */
export function hasStatus(status: ShownKeyStatus, now: Date) {
  const revoked = sql<SqlBool>`(keys.operator_status = 'revoked' or entitlements.access is not distinct from 'revoked')`;
  if (status === 'revoked') return revoked;
  if (status === 'expired') return sql<SqlBool>`not ${revoked} and keys.expires_at <= ${now}`;
  const suspended = sql<SqlBool>`(keys.operator_status = 'suspended' or entitlements.access is not distinct from 'suspended')`;
  const living = sql<SqlBool>`not ${revoked} and (keys.expires_at is null or keys.expires_at > ${now})`;
  return status === 'suspended' ? sql<SqlBool>`${living} and ${suspended}` : sql<SqlBool>`${living} and not ${suspended}`;
}

function matches(search: string) {
  const text = escapeLike(search);
  return sql<SqlBool>`(keys.name ilike ${`%${text}%`} or keys.prefix like ${`${text}%`} or keys.last4 = ${search})`;
}
