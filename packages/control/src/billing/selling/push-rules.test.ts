import { describe, expect, test } from 'vitest';
import type { PriceRow } from '../store/prices.ts';
import type { ListedPrice } from '../stripe/catalogue.ts';
import { type PlanState, stepFor } from './push-rules.ts';

const TERMS = { amountCents: 900, currency: 'usd', interval: 'month' as const };
const plan = (fields: object = {}) => ({ name: 'Pro', price: TERMS, ...fields });
const row = (fields: Partial<PriceRow> = {}): PriceRow => ({
  id: 'price_1',
  planId: 'pro',
  productId: 'prod',
  ...TERMS,
  active: true,
  ...fields,
});
const listed = (fields: Partial<ListedPrice> = {}): ListedPrice => ({
  id: 'price_1',
  active: true,
  planId: 'pro',
  terms: TERMS,
  product: { id: 'prod', name: 'Pro', active: true },
  ...fields,
});
const step = (state: Partial<PlanState>) => stepFor({ id: 'pro', plan: plan(), row: row(), listed: listed(), ...state });
const WRITES_NOTHING = { create: null, renameTo: null, reactivate: false, adopt: null, archive: [] };

describe('a plan', () => {
  test('that matches Stripe needs no change', () => {
    expect(step({})).toMatchObject({ action: 'unchanged', priceId: 'price_1', ...WRITES_NOTHING });
  });

  test('that is missing in Stripe is created, and the row of another account is archived', () => {
    expect(step({ row: null, listed: null })).toMatchObject({ action: 'created', create: { productId: null, terms: TERMS }, archive: [] });
    expect(step({ listed: null })).toMatchObject({ action: 'created', archive: ['price_1'] });
  });

  test('whose price exists in the account is adopted, and nothing is created', () => {
    expect(step({ row: null })).toMatchObject({ action: 'updated', priceId: 'price_1', adopt: TERMS, create: null, archive: [] });
  });

  test('whose lookup key belongs to a foreign price is skipped', () => {
    expect(step({ row: null, listed: listed({ planId: null }) })).toMatchObject({ action: 'skipped', ...WRITES_NOTHING });
    expect(step({ row: null, listed: listed({ planId: 'other' }) })).toMatchObject({ action: 'skipped', ...WRITES_NOTHING });
  });

  test.each([
    ['amount', { ...TERMS, amountCents: 901 }],
    ['currency', { ...TERMS, currency: 'eur' }],
    ['interval', { ...TERMS, interval: 'year' as const }],
  ])('with another %s gets a new price on its product, and the old one is archived', (_what, price) => {
    expect(step({ plan: plan({ price }) })).toMatchObject({
      action: 'repriced',
      create: { productId: 'prod', terms: price },
      archive: ['price_1'],
    });
  });

  test('with a different type of price in Stripe gets a new price', () => {
    expect(step({ listed: listed({ terms: null }) })).toMatchObject({ action: 'repriced', archive: ['price_1'] });
  });

  test('with another name renames its product and keeps its price', () => {
    expect(step({ plan: plan({ name: 'Professional' }) })).toMatchObject({
      action: 'updated',
      renameTo: 'Professional',
      create: null,
      archive: [],
    });
  });

  test('whose price was archived in Stripe is sold again', () => {
    expect(step({ row: null, listed: listed({ active: false }) })).toMatchObject({ action: 'updated', reactivate: true, adopt: TERMS });
  });

  test('whose old price stayed active after a crash has it archived', () => {
    expect(step({ row: row({ id: 'price_0' }) })).toMatchObject({ action: 'updated', adopt: TERMS, archive: ['price_0'] });
  });

  test.each([
    ['was deleted', null],
    ['has no price', plan({ price: null })],
  ])('that %s is archived once', (_what, removed) => {
    expect(step({ plan: removed })).toMatchObject({ action: 'archived', archive: ['price_1'], create: null });
    expect(step({ plan: removed, row: null })).toMatchObject({ action: 'archived', archive: ['price_1'] });
    expect(step({ plan: removed, row: null, listed: listed({ active: false }) })).toMatchObject({ action: 'skipped', ...WRITES_NOTHING });
  });
});
