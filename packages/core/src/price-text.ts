/**
 * Decimal digits of currencies that don't have two (docs.stripe.com/currencies). Intl differs from
 * Stripe for some.
 */
const DIGITS: readonly (readonly [currencies: string, digits: number])[] = [
  ['bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf', 0],
  ['bhd jod kwd omr tnd', 3],
];

/**
 * A price with its currency code, for example "USD 49.00/month" or "JPY 4,900/year". `amountCents`
 * is in the currency's smallest unit.
 */
export function priceText({ amountCents, currency, interval }: { amountCents: number; currency: string; interval: string }): string {
  const digits = DIGITS.find(([currencies]) => currencies.split(' ').includes(currency))?.[1] ?? 2;
  const amount = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${currency.toUpperCase()} ${amount.format(amountCents / 10 ** digits)}/${interval}`;
}
