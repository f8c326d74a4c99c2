import type { BillingMode } from '@api-factory/core';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/**
 * A price of a plan. Archived ones are kept, since subscriptions stay on the price they were bought
 * at.
 */
export interface PriceRow {
  id: string;
  planId: string;
  productId: string;
  amountCents: number;
  currency: string;
  interval: 'month' | 'year';
  active: boolean;
}

/** Active prices, at most one per plan. */
export const activePrices = (db: Database, mode: BillingMode): Promise<PriceRow[]> =>
  selectPrices(db, mode).where('active', '=', true).orderBy('plan_id').execute();

/** The given prices that belong to a plan, archived ones included. */
export const findPrices = async (db: Database, mode: BillingMode, ids: readonly string[]): Promise<PriceRow[]> =>
  ids.length === 0 ? [] : selectPrices(db, mode).where('id', 'in', ids).execute();

/** The active price of a plan. */
export const activePriceOf = async (db: Database, mode: BillingMode, planId: string): Promise<PriceRow | null> =>
  (await selectPrices(db, mode).where('plan_id', '=', planId).where('active', '=', true).executeTakeFirst()) ?? null;

/** Stores a price as the plan's active one; the plan's other price is archived. */
export async function setActivePrice(tx: Transaction<Tables>, mode: BillingMode, price: PriceRow & { at: Date }): Promise<void> {
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

/** @returns false when it was archived already, or does not exist */
export async function setArchived(db: Database, mode: BillingMode, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stripe_prices')
    .set({ active: false })
    .where('mode', '=', mode)
    .where('id', '=', id)
    .where('active', '=', true)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/**
 * Reactivates a price unless its plan has another active one.
 * @returns false when nothing changed
 */
export async function setSoldAgain(db: Database, mode: BillingMode, { id, planId }: PriceRow): Promise<boolean> {
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

/** Plan versions that were sold at the price `p` of the outer query. */
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
  /** The apis of the plan's current version; null: every api. */
  apis: string[] | null;
}

/** Every price of an existing plan, archived ones included, that some version was sold at. */
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
