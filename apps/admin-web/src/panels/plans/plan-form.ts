import { currencyDigits, formatCount } from '../../lib/format.ts';
import type { NewPlan, Plan } from './queries.ts';

/** What a number field holds while somebody types. */
export type Typed = number | string;

/** The fields of a plan’s form. */
export interface PlanValues {
  id: string;
  name: string;
  quotaUnlimited: boolean;
  quotaLimit: Typed;
  quotaPeriod: 'month' | 'day';
  rateUnlimited: boolean;
  rateLimit: Typed;
  rateWindow: Typed;
  forSale: boolean;
  /** In the currency itself, not in its smallest unit: 49.5. */
  amount: Typed;
  currency: string;
  interval: 'month' | 'year';
  everyApi: boolean;
  apis: string[];
}

/** What is wrong with a field: its name and what to do. */
export type Findings = Partial<Record<keyof PlanValues, string>>;

/** A new plan’s form. */
export const EMPTY: PlanValues = {
  id: '',
  name: '',
  quotaUnlimited: false,
  quotaLimit: 10_000,
  quotaPeriod: 'month',
  rateUnlimited: false,
  rateLimit: 600,
  rateWindow: 60,
  forSale: true,
  amount: '',
  currency: 'usd',
  interval: 'month',
  everyApi: true,
  apis: [],
};

const MOST_UNITS = 9_000_000_000_000_000;
const MOST_CALLS = 1_000_000;
const LONGEST_WINDOW = 86_400;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The form of a plan that is there. */
export function valuesOf({ id, name, quota, rate, price, apis }: Plan): PlanValues {
  return {
    ...EMPTY,
    id,
    name,
    quotaUnlimited: quota.limit === null,
    quotaLimit: quota.limit ?? EMPTY.quotaLimit,
    quotaPeriod: quota.period,
    rateUnlimited: rate.limit === null,
    rateLimit: rate.limit ?? EMPTY.rateLimit,
    rateWindow: rate.windowSeconds,
    forSale: price !== null,
    ...(price && { amount: price.amountCents / 10 ** currencyDigits(price.currency), currency: price.currency, interval: price.interval }),
    everyApi: apis === null,
    apis: apis ?? [],
  };
}

/** What must be mended before the form can be sent. */
export function findingsOf(values: PlanValues): Findings {
  const findings: Findings = {};
  if (!SLUG.test(values.id)) findings.id = 'Use 1 to 63 lower-case letters, digits and hyphens; begin with a letter or digit.';
  if (values.name.trim() === '' || values.name.trim().length > 200) findings.name = 'Enter a name of 1 to 200 characters.';
  if (!values.quotaUnlimited) set(findings, 'quotaLimit', wholeFinding(values.quotaLimit, { least: 0, most: MOST_UNITS }));
  if (!values.rateUnlimited) set(findings, 'rateLimit', wholeFinding(values.rateLimit, { least: 0, most: MOST_CALLS }));
  set(findings, 'rateWindow', wholeFinding(values.rateWindow, { least: 1, most: LONGEST_WINDOW }));
  if (values.forSale) set(findings, 'amount', amountFinding(values));
  if (!values.everyApi && !values.apis.every((slug) => SLUG.test(slug)))
    findings.apis = 'An api is named by lower-case letters, digits and hyphens.';
  return findings;
}

function set(findings: Findings, field: keyof PlanValues, finding: string | null): void {
  if (finding !== null) findings[field] = finding;
}

function wholeFinding(typed: Typed, { least, most }: { least: number; most: number }): string | null {
  const value = numberOf(typed);
  if (value !== null && digitsBehind(typed) === 0 && Number.isInteger(value) && value >= least && value <= most) return null;
  return `Enter a whole number from ${least} to ${formatCount(most)}.`;
}

function amountFinding({ amount, currency }: PlanValues): string | null {
  const value = numberOf(amount);
  const digits = currencyDigits(currency);
  if (value === null || value < 0 || value * 10 ** digits > MOST_UNITS) return 'Enter an amount, 0 or more.';
  // Beyond the currency’s digits the amount would be rounded without a word.
  return digitsBehind(amount) <= digits && Number(value.toFixed(digits)) === value
    ? null
    : `${currency.toUpperCase()} has ${digits === 0 ? 'no digits' : `${digits} digits`} behind the point.`;
}

/** As typed: who writes 1.000 or 1,000 for a thousand must not get 1. */
const digitsBehind = (typed: Typed): number => String(typed).split('.')[1]?.length ?? 0;

const numberOf = (typed: Typed): number | null => {
  const value = typed === '' ? Number.NaN : Number(typed);
  return Number.isFinite(value) ? value : null;
};

/** The plan that the form describes; only of a form without findings. */
export function bodyOf(values: PlanValues): NewPlan {
  const { currency, interval } = values;
  const amountCents = Math.round(Number(values.amount) * 10 ** currencyDigits(currency));
  return {
    id: values.id,
    name: values.name.trim(),
    quota: { limit: values.quotaUnlimited ? null : Number(values.quotaLimit), period: values.quotaPeriod },
    rate: { limit: values.rateUnlimited ? null : Number(values.rateLimit), windowSeconds: Number(values.rateWindow) },
    price: values.forSale ? { amountCents, currency, interval } : null,
    apis: values.everyApi ? null : values.apis,
  };
}

/** A field of the form by the pointer with which the API names it: `#/price/currency`. */
export function fieldOf(pointer: string): keyof PlanValues | null {
  const found = POINTERS.find(([beginning]) => pointer.startsWith(beginning));
  return found?.[1] ?? null;
}

const POINTERS: [string, keyof PlanValues][] = [
  ['#/id', 'id'],
  ['#/name', 'name'],
  ['#/quota', 'quotaLimit'],
  ['#/rate/windowSeconds', 'rateWindow'],
  ['#/rate', 'rateLimit'],
  ['#/price/currency', 'currency'],
  ['#/price', 'amount'],
  ['#/apis', 'apis'],
];

/** An id that suits a name: “Team, EU” → `team-eu`; empty when nothing of the name can stand in one. */
export const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');

/** The changes that typing a name makes: the id of a new plan follows it until somebody writes another. */
export const nameChanges = ({ id, name: before }: PlanValues, name: string): Partial<PlanValues> =>
  id === idFrom(before) ? { name, id: idFrom(name) } : { name };
