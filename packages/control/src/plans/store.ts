import { sql, type Transaction } from 'kysely';
import { type Cursor, type Page, type PageRequest, toPage } from '../http/page.ts';
import type { Database } from '../store/database.ts';
import { microsOf, newerThan } from '../store/list-query.ts';
import type { Tables } from '../store/tables.ts';
import type { PlanTerms } from './rules.ts';

export interface PlanRow {
  id: string;
  version: number;
  createdAt: Date;
  entitlements: number;
  /** Entitlements that an edit has yet to move to its version. */
  moving: number;
  terms: PlanTerms;
}

/** @returns false when the id is taken */
export async function insertPlan(tx: Transaction<Tables>, id: string, createdAt: Date): Promise<boolean> {
  const row = await tx
    .insertInto('plans')
    .values({ id, current_version: 1, created_at: createdAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertVersion(
  tx: Transaction<Tables>,
  { id, version, at, snapshotVersion, terms }: { id: string; version: number; at: Date; snapshotVersion: number; terms: PlanTerms },
): Promise<void> {
  await tx
    .insertInto('plan_versions')
    .values({
      plan_id: id,
      version,
      name: terms.name,
      quota_limit: terms.quota.limit,
      quota_period: terms.quota.period,
      rate_limit: terms.rate.limit,
      rate_window_seconds: terms.rate.windowSeconds,
      price_amount_cents: terms.price?.amountCents ?? null,
      price_currency: terms.price?.currency ?? null,
      price_interval: terms.price?.interval ?? null,
      apis: terms.apis,
      created_at: at,
      snapshot_version: snapshotVersion,
    })
    .execute();
}

export async function setCurrentVersion(tx: Transaction<Tables>, id: string, version: number): Promise<void> {
  await tx.updateTable('plans').set({ current_version: version }).where('id', '=', id).execute();
}

/**
 * Deletes a plan with its versions. Fails on the foreign key if an entitlement uses it: check
 * first.
 */
export async function deletePlan(tx: Transaction<Tables>, id: string): Promise<void> {
  await tx.deleteFrom('plans').where('id', '=', id).execute();
}

/**
 * Locks the plan until the transaction ends: its version stays, and no entitlement starts to use
 * it.
 */
export async function lockPlan(tx: Transaction<Tables>, id: string): Promise<PlanRow | null> {
  const locked = await tx.selectFrom('plans').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  return locked ? findPlan(tx, id) : null;
}

export async function findPlan(db: Database, id: string): Promise<PlanRow | null> {
  const row = await selectPlans(db).where('plans.id', '=', id).executeTakeFirst();
  return row ? toPlan(row) : null;
}

/** The terms of one plan version; null when it does not exist. */
export async function termsOfVersion(
  db: Database,
  { planId, planVersion }: { planId: string; planVersion: number },
): Promise<PlanTerms | null> {
  const row = await db
    .selectFrom('plan_versions')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('version', '=', planVersion)
    .executeTakeFirst();
  return row ? toTerms(row) : null;
}

/** The terms of all versions that entitlements use. */
export async function termsInUse(db: Database, planId: string): Promise<PlanTerms[]> {
  const rows = await db
    .selectFrom('plan_versions as v')
    .selectAll()
    .where('v.plan_id', '=', planId)
    .where((is) =>
      is.exists(
        is
          .selectFrom('entitlements as e')
          .select('e.id')
          .whereRef('e.plan_id', '=', 'v.plan_id')
          .whereRef('e.plan_version', '=', 'v.version'),
      ),
    )
    .execute();
  return rows.map(toTerms);
}

/**
 * The newest version with this price: a buyer gets what was sold at that price.
 * @returns null when the plan was never sold at it
 */
export async function versionForPrice(db: Database, planId: string, price: NonNullable<PlanTerms['price']>): Promise<number | null> {
  const row = await db
    .selectFrom('plan_versions')
    .select('version')
    .where('plan_id', '=', planId)
    .where('price_amount_cents', '=', price.amountCents)
    .where('price_currency', '=', price.currency)
    .where('price_interval', '=', price.interval)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.version ?? null;
}

/** Stripe expires unpaid checkouts within a day. */
const OPEN_FOR_MS = 2 * 86_400_000;

/**
 * How the plan is or was sold: a subscription, a checkout that is paid or can still be, or an
 * active price in the given mode. null when none applies.
 */
export async function saleOf(
  tx: Transaction<Tables>,
  { id, mode, at }: { id: string; mode: string | null; at: Date },
): Promise<'subscription' | 'checkout' | 'price' | null> {
  const since = new Date(at.getTime() - OPEN_FOR_MS);
  const { rows } = await sql<{ subscription: boolean; checkout: boolean; price: boolean }>`
    select exists (select from subscriptions where plan_id = ${id} or price_id in (select p.id from stripe_prices p where p.plan_id = ${id} and p.mode = subscriptions.mode)) as subscription,
      exists (select from checkouts where plan_id = ${id} and (state = 'complete' or state = 'open' and created_at > ${since})) as checkout,
      exists (select from stripe_prices where plan_id = ${id} and active and mode = ${mode}) as price`.execute(tx);
  const [found] = rows;
  return found?.subscription ? 'subscription' : found?.checkout ? 'checkout' : found?.price ? 'price' : null;
}

/** Oldest first: the default plans stay on top. */
export async function listPlans(db: Database, { limit, after }: PageRequest): Promise<Page<PlanRow>> {
  const rows = await selectPlans(db)
    .$if(after !== null, (query) => query.where(newerThan(after as Cursor, 'plans.created_at', 'plans.id')))
    .orderBy('plans.created_at')
    .orderBy('plans.id')
    .limit(limit + 1)
    .execute();
  const page = toPage(rows, limit, ({ position, id }) => ({ position, id }));
  return { ...page, rows: page.rows.map(toPlan) };
}

/** Whether this database has or had a plan: the audit log remembers deleted ones. */
export async function everHadPlans(tx: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from plans) or exists (select from audit where object_type = 'plan') as known`.execute(tx);
  return rows[0]?.known === true;
}

const selectPlans = (db: Database) =>
  db
    .selectFrom('plans')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'plans.id').onRef('v.version', '=', 'plans.current_version'))
    .select(['plans.id', 'plans.created_at', 'v.version', 'v.name', 'v.quota_limit', 'v.quota_period', 'v.rate_limit'])
    .select(['v.rate_window_seconds', 'v.price_amount_cents', 'v.price_currency', 'v.price_interval', 'v.apis'])
    .select(microsOf('plans.created_at').as('position'))
    .select(sql<number>`(select count(*) from entitlements where plan_id = plans.id)`.as('entitlements'))
    .select(
      sql<number>`(select count(*) from plan_moves m join entitlements e on e.plan_id = m.plan_id and e.plan_version < m.version and e.id > m.after_id
        where m.plan_id = plans.id)`.as('moving'),
    );

type Row = Awaited<ReturnType<ReturnType<typeof selectPlans>['executeTakeFirstOrThrow']>>;

const toPlan = (row: Row): PlanRow => ({
  id: row.id,
  version: row.version,
  createdAt: row.created_at,
  entitlements: row.entitlements,
  moving: row.moving,
  terms: toTerms(row),
});

type TermsColumns = Pick<
  Row,
  | 'name'
  | 'quota_limit'
  | 'quota_period'
  | 'rate_limit'
  | 'rate_window_seconds'
  | 'price_amount_cents'
  | 'price_currency'
  | 'price_interval'
  | 'apis'
>;

function toTerms(row: TermsColumns): PlanTerms {
  const { price_amount_cents: amountCents, price_currency: currency, price_interval: interval } = row;
  return {
    name: row.name,
    quota: { limit: row.quota_limit, period: row.quota_period },
    rate: { limit: row.rate_limit, windowSeconds: row.rate_window_seconds },
    price: amountCents === null || currency === null || interval === null ? null : { amountCents, currency, interval },
    apis: row.apis,
  };
}
