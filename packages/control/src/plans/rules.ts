import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../http/errors.ts';
import type { NewPlan, Plan, PlanEdit } from './schema.ts';
import type { PlanRow } from './store.ts';

/** The terms of a plan version: everything that an edit can change, in canonical form. */
export interface PlanTerms {
  name: string;
  quota: Plan['quota'];
  rate: Plan['rate'];
  price: Plan['price'];
  apis: string[] | null;
}

/** A missing field means the same as null: no price, every api. */
export const termsOf = ({ name, quota, rate, price, apis }: NewPlan | PlanEdit): PlanTerms => ({
  name,
  quota: { limit: quota.limit, period: quota.period },
  rate: { limit: rate.limit, windowSeconds: rate.windowSeconds },
  price: price ? { amountCents: price.amountCents, currency: price.currency, interval: price.interval } : null,
  apis: apis ?? null,
});

/** Equal terms create no new version. */
export const sameTerms = (a: PlanTerms, b: PlanTerms): boolean => isDeepStrictEqual(a, b);

/**
 * Whether `after` allows less than `before`: fewer units or calls, or not all of the apis. A longer
 * period or window counts as less, because the same number of units or calls must last longer.
 */
export function allowsLess(before: PlanTerms, after: PlanTerms): boolean {
  return (
    isLess(before.quota.limit, after.quota.limit) ||
    (after.quota.limit !== null && before.quota.period === 'day' && after.quota.period === 'month') ||
    isLess(before.rate.limit, after.rate.limit) ||
    (after.rate.limit !== null && after.rate.windowSeconds > before.rate.windowSeconds) ||
    (after.apis !== null && (before.apis === null || before.apis.some((api) => !after.apis?.includes(api))))
  );
}

/** null is unlimited. */
const isLess = (before: number | null, after: number | null): boolean => after !== null && (before === null || after < before);

const perMonth = (name: string, units: number, callsPerMinute: number, amountCents: number): NewPlan => ({
  id: name.toLowerCase(),
  name,
  quota: { limit: units, period: 'month' },
  rate: { limit: callsPerMinute, windowSeconds: 60 },
  price: { amountCents, currency: 'usd', interval: 'month' },
});

export const DEFAULT_PLANS: NewPlan[] = [
  perMonth('Starter', 1_000, 60, 900),
  perMonth('Pro', 10_000, 600, 4_900),
  perMonth('Enterprise', 100_000, 5_000, 49_900),
];

/**
 * Lower-case ISO 4217 codes that the runtime supports. Stripe decides at the push which of them the
 * account can sell in.
 */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

/**
 * Not in the schema: a list of codes there would make the OpenAPI document depend on the runtime.
 * @throws ProblemError VALIDATION_FAILED
 */
export function requireCurrency({ price }: Pick<NewPlan, 'price'>): void {
  if (!price || CURRENCIES.has(price.currency)) return;
  throw invalid('#/price/currency', 'must be an ISO 4217 currency code in lower case, such as usd or jpy');
}

export const presentPlan = ({ id, version, terms, entitlements, moving, createdAt }: PlanRow): Plan => ({
  id,
  version,
  ...terms,
  entitlements,
  moving,
  createdAt: createdAt.toISOString(),
});
