/**
 * Digits of a currency that Stripe counts in its smallest unit, where they are not two
 * (docs.stripe.com/currencies). Intl knows other numbers for some.
 */
const DIGITS: readonly (readonly [currencies: string, digits: number])[] = [
  ['bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf', 0],
  ['bhd jod kwd omr tnd', 3],
];

/**
 * A price with its currency's code, for example "USD 49.00/month" and "JPY 4,900/year".
 * `amountCents` is in the smallest unit.
 */
export function priceText({ amountCents, currency, interval }: { amountCents: number; currency: string; interval: string }): string {
  const digits = DIGITS.find(([currencies]) => currencies.split(' ').includes(currency))?.[1] ?? 2;
  const amount = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${currency.toUpperCase()} ${amount.format(amountCents / 10 ** digits)}/${interval}`;
}
