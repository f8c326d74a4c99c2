import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { currencyDigits, formatCount } from '../../lib/format.ts';
import type { NewPlan, Plan } from './queries.ts';

/** Value of a number input while typing. */
type NumberText = number | string;

/** The fields of the plan form. */
export interface PlanValues {
  id: string;
  name: string;
  quotaUnlimited: boolean;
  quotaLimit: NumberText;
  quotaPeriod: 'month' | 'day';
  rateUnlimited: boolean;
  rateLimit: NumberText;
  rateWindow: NumberText;
  forSale: boolean;
  /** In major units: 49.5. */
  amount: NumberText;
  currency: string;
  interval: 'month' | 'year';
  everyApi: boolean;
  apis: string[];
}

/** Error messages by field. */
export type FormErrors = Partial<Record<keyof PlanValues, string>>;

/** The form of a new plan. */
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

const MAX_UNITS = 9_000_000_000_000_000;
const MAX_CALLS = 1_000_000;
const MAX_WINDOW_SECONDS = 86_400;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The form of an existing plan. */
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

/** What must be fixed before the form can be submitted. */
export function formErrors(values: PlanValues): FormErrors {
  const errors: FormErrors = {};
  if (!SLUG.test(values.id)) errors.id = 'Use 1 to 63 lowercase letters, digits and hyphens, starting with a letter or digit.';
  if (values.name.trim() === '' || values.name.trim().length > 200) errors.name = 'Enter a name of 1 to 200 characters.';
  if (!values.quotaUnlimited) set(errors, 'quotaLimit', wholeNumberError(values.quotaLimit, { least: 0, most: MAX_UNITS }));
  if (!values.rateUnlimited) set(errors, 'rateLimit', wholeNumberError(values.rateLimit, { least: 0, most: MAX_CALLS }));
  set(errors, 'rateWindow', wholeNumberError(values.rateWindow, { least: 1, most: MAX_WINDOW_SECONDS }));
  if (values.forSale) set(errors, 'amount', amountError(values));
  if (!values.everyApi && !values.apis.every((slug) => SLUG.test(slug)))
    errors.apis = 'API names have lowercase letters, digits and hyphens.';
  return errors;
}

function set(errors: FormErrors, field: keyof PlanValues, error: string | null): void {
  if (error !== null) errors[field] = error;
}

function wholeNumberError(text: NumberText, { least, most }: { least: number; most: number }): string | null {
  const value = numberOf(text);
  if (value !== null && decimalsOf(text) === 0 && Number.isInteger(value) && value >= least && value <= most) return null;
  return `Enter a whole number from ${least} to ${formatCount(most)}.`;
}

function amountError({ amount, currency }: PlanValues): string | null {
  const value = numberOf(amount);
  const digits = currencyDigits(currency);
  if (value === null || value < 0 || value * 10 ** digits > MAX_UNITS) return 'Enter an amount of 0 or more.';
  // More decimals than the currency has would be rounded silently.
  return decimalsOf(amount) <= digits && Number(value.toFixed(digits)) === value
    ? null
    : `${currency.toUpperCase()} has ${digits === 0 ? 'no' : digits} decimals.`;
}

/** Counted as typed: 1.000 or 1,000 may mean a thousand and must not become 1. */
const decimalsOf = (text: NumberText): number => String(text).split('.')[1]?.length ?? 0;

const numberOf = (text: NumberText): number | null => {
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};

/** The request body for a form without errors. */
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

/** The field that an error pointer of the API, such as `#/price/currency`, belongs to. */
export function fieldOf(pointer: string): keyof PlanValues | null {
  const found = POINTERS.find(([prefix]) => pointer.startsWith(prefix));
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

/** Suggests an id: “Team, EU” → `team-eu`; empty when the name has no usable characters. */
const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');

/** Changes from typing a name: the id of a new plan follows it until it is edited. */
export const nameChanges = ({ id, name: before }: PlanValues, name: string): Partial<PlanValues> =>
  id === idFrom(before) ? { name, id: idFrom(name) } : { name };

/** The state of the plan form. */
interface PlanForm {
  values: PlanValues;
  change: (changes: Partial<PlanValues>) => void;
  /** Shown at the fields after the first submit, including the API’s errors. */
  errors: FormErrors;
  /** Shows the errors. @returns whether the form can be submitted */
  check: () => boolean;
}

/** The state of the plan form. @param error the API’s error after the last submit */
export function usePlanForm(initial: PlanValues, error: unknown): PlanForm {
  const [values, setValues] = useState(initial);
  const [submitted, setSubmitted] = useState(false);
  const errors = formErrors(values);
  return {
    values,
    change: (changes) => setValues((before) => ({ ...before, ...changes })),
    errors: submitted ? { ...fieldFindings(error, fieldOf), ...errors } : {},
    check: () => {
      setSubmitted(true);
      return Object.keys(errors).length === 0;
    },
  };
}
