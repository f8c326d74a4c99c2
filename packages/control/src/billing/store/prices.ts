import type { BillingMode } from '@api-factory/core';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** A price that was made for a plan. Archived ones stay: a subscription stays on the price that it was bought at. */
export interface PriceRow {
  id: string;
  planId: string;
  productId: string;
  amountCents: number;
  currency: string;
  interval: 'month' | 'year';
  active: boolean;
}

/** Prices that are sold now, at most one per plan. */
export const activePrices = (db: Database, mode: BillingMode): Promise<PriceRow[]> =>
  selectPrices(db, mode).where('active', '=', true).orderBy('plan_id').execute();

/** Those of the given prices that were made for a plan, archived ones too. */
export const findPrices = async (db: Database, mode: BillingMode, ids: readonly string[]): Promise<PriceRow[]> =>
  ids.length === 0 ? [] : selectPrices(db, mode).where('id', 'in', ids).execute();

/** The price that a plan is sold at now. */
export const activePriceOf = async (db: Database, mode: BillingMode, planId: string): Promise<PriceRow | null> =>
  (await selectPrices(db, mode).where('plan_id', '=', planId).where('active', '=', true).executeTakeFirst()) ?? null;

/** Stores a price as the one that its plan is sold at: another one of the plan is archived. */
export async function keepAsActive(tx: Transaction<Tables>, mode: BillingMode, price: PriceRow & { at: Date }): Promise<void> {
  await tx
    .updateTable('stripe_prices')
    .set({ active: false })
    .where('mode', '=', mode)
    .where('plan_id', '=', price.planId)
    .where('id', '<>', price.id)
    .where('active', '=', true)
    .execute();
  await tx
    .insertInto('stripe_prices')
    .values({
      mode,
      id: price.id,
      plan_id: price.planId,
      product_id: price.productId,
      amount_cents: price.amountCents,
      currency: price.currency,
      interval: price.interval,
      active: true,
      created_at: price.at,
    })
    .onConflict((conflict) => conflict.columns(['mode', 'id']).doUpdateSet({ active: true, product_id: price.productId }))
    .execute();
}

/** @returns false when it was archived already, or is not known */
export async function archiveRow(db: Database, mode: BillingMode, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stripe_prices')
    .set({ active: false })
    .where('mode', '=', mode)
    .where('id', '=', id)
    .where('active', '=', true)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Marks a price as sold, unless its plan is sold at another one. @returns false when nothing changed */
export async function sellAgain(db: Database, mode: BillingMode, { id, planId }: PriceRow): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stripe_prices')
    .set({ active: true })
    .where('mode', '=', mode)
    .where('id', '=', id)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('stripe_prices as other')
            .select('other.id')
            .where('other.mode', '=', mode)
            .where('other.plan_id', '=', planId)
            .where('other.active', '=', true),
        ),
      ),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

const selectPrices = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('stripe_prices')
    .select(['id', 'plan_id as planId', 'product_id as productId', 'amount_cents as amountCents', 'currency', 'interval', 'active'])
    .where('mode', '=', mode);

/** Versions that were sold at the price `p` of the query around it. */
export const versionsAtPrice = (db: Database) =>
  db
    .selectFrom('plan_versions as sold')
    .select('sold.version')
    .where(
      sql<boolean>`(sold.plan_id, sold.price_amount_cents, sold.price_currency, sold.price_interval) = (p.plan_id, p.amount_cents, p.currency, p.interval)`,
    );

export interface MappedPrice {
  id: string;
  planId: string;
  productId: string;
  terms: { amountCents: number; currency: string; interval: 'month' | 'year' };
  /** What the plan's current version includes; null: every api. */
  apis: string[] | null;
}

/** Every price that was ever made for a plan which is still there, with a version that was sold at it. */
export async function mappedPrices(db: Database, mode: BillingMode): Promise<MappedPrice[]> {
  const rows = await db
    .selectFrom('stripe_prices as p')
    .innerJoin('plans', 'plans.id', 'p.plan_id')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'plans.id').onRef('v.version', '=', 'plans.current_version'))
    .select([
      'p.id',
      'p.plan_id as planId',
      'p.product_id as productId',
      'p.amount_cents as amountCents',
      'p.currency',
      'p.interval',
      'v.apis',
    ])
    .where('p.mode', '=', mode)
    .where(({ exists }) => exists(versionsAtPrice(db)))
    .execute();
  return rows.map(({ amountCents, currency, interval, ...rest }) => ({ ...rest, terms: { amountCents, currency, interval } }));
}
