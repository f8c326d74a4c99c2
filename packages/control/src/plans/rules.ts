import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../http/errors.ts';
import type { NewPlan, Plan, PlanEdit } from './schema.ts';
import type { PlanRow } from './store.ts';

/** What a plan version says: everything that an edit can change, in one canonical form. */
export interface PlanTerms {
  name: string;
  quota: Plan['quota'];
  rate: Plan['rate'];
  price: Plan['price'];
  apis: string[] | null;
}

/** A field that is left out is the same as null: no price, every api. */
export const termsOf = ({ name, quota, rate, price, apis }: NewPlan | PlanEdit): PlanTerms => ({
  name,
  quota: { limit: quota.limit, period: quota.period },
  rate: { limit: rate.limit, windowSeconds: rate.windowSeconds },
  price: price ? { amountCents: price.amountCents, currency: price.currency, interval: price.interval } : null,
  apis: apis ?? null,
});

/** Equal terms make no new version. */
export const sameTerms = (a: PlanTerms, b: PlanTerms): boolean => isDeepStrictEqual(a, b);

/**
 * Whether somebody may do less under `after` than under `before`: fewer units or calls, or an api less. A period or window that merely changes its
 * length counts as less when the same number of units or calls must last longer.
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

/** ISO 4217 codes that the runtime knows, in lower case. Which of them an account can sell in, Stripe says at the push. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

/**
 * The schema only knows what a code looks like: a list of codes there would make the OpenAPI document depend on the runtime.
 * @throws ProblemError VALIDATION_FAILED
 */
export function requireCurrency({ price }: Pick<NewPlan, 'price'>): void {
  if (!price || CURRENCIES.has(price.currency)) return;
  throw invalid('#/price/currency', 'must be a currency’s ISO 4217 code in lower case, such as usd or jpy');
}

export const presentPlan = ({ id, version, terms, entitlements, moving, createdAt }: PlanRow): Plan => ({
  id,
  version,
  ...terms,
  entitlements,
  moving,
  createdAt: createdAt.toISOString(),
});
