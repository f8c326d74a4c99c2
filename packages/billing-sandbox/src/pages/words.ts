import type { Price, Product } from '../objects/types.ts';

/** Stripe's currencies that don't have two decimal digits. Intl disagrees for some. */
const DIGITS: readonly (readonly [currencies: string, digits: number])[] = [
  ['bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf', 0],
  ['bhd jod kwd omr tnd', 3],
];

/** An amount in the currency's smallest unit, as text: 900 usd → $9.00. */
export function amountText(amount: number, currency: string): string {
  const digits = DIGITS.find(([currencies]) => currencies.split(' ').includes(currency))?.[1] ?? 2;
  const style = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat('en', style).format(amount / 10 ** digits);
}

/** A price as text: $9.00 per month. */
export function priceText(price: Price): string {
  const amount = amountText(price.unit_amount ?? 0, price.currency);
  if (!price.recurring) return `${amount} once`;
  const { interval, interval_count: count } = price.recurring;
  return count === 1 ? `${amount} per ${interval}` : `${amount} every ${count} ${interval}s`;
}

/** The name of the price's product, else the price's nickname or id. */
export function productText(price: Price, product: Product | undefined | null): string {
  return product?.name ?? price.nickname ?? price.id;
}

/** A time in seconds since 1970 as text in UTC: 2026-01-31 12:00 UTC. */
export function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
