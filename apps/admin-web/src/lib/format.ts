const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const STAMP = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });

/** 1234567 → 1,234,567. */
export const formatCount = (count: number): string => WHOLE.format(count);

/** “1 unit”, “1,234 units”. */
export const counted = (count: number, one: string): string => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/** “must be text” → “Must be text”. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** 0.1234 → 12%, 0.0123 → 1.2%. null (0 out of 0) is a dash. */
export function formatShare(share: number | null): string {
  if (share === null || Number.isNaN(share)) return '–';
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : WHOLE.format(percent)}%`;
}

/** Requests per second with at most three digits, up to 999. */
export const formatRate = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(perSecond < 1 ? 2 : 1) : WHOLE.format(perSecond);

/** 9.94 → 9.9 ms, 1500 → 1.5 s. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${WHOLE.format(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** 1536 → 1.5 kB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** 93784 → 1 d 2 h: the two largest units. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** "5 min. ago", "in 3 days". */
export function formatRelative(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  for (const [unit, size] of units) if (Math.abs(seconds) >= size) return RELATIVE.format(Math.trunc(seconds / size), unit);
  return RELATIVE.format(Math.trunc(seconds), 'second');
}

/** In the browser’s time zone and locale. */
export const formatLocal = (at: Date): string => LOCAL.format(at);

/** Nov 25, 02:44:37, for rows of a log. In the browser’s time zone. */
export const formatStamp = (at: Date): string => STAMP.format(at);

/** 2026-12-01 00:00:00 UTC. */
export const formatUtc = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** “Dec 1”, in the browser’s time zone. */
export const formatDay = (at: Date): string => DAY.format(at);

/**
 * Currencies whose smallest unit isn’t a hundredth at Stripe (docs.stripe.com/currencies). Intl
 * can’t tell: it follows CLDR, which differs for HUF, ISK, UGX and 16 more. The same table is in
 * packages/core/src/price-text.ts, which the console may not import; a test compares them.
 */
const DIGITS: readonly (readonly [currencies: string, digits: number])[] = [
  ['bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf', 0],
  ['bhd jod kwd omr tnd', 3],
];

/** Number of decimals of a currency at Stripe: 2 for usd, 0 for jpy. */
export const currencyDigits = (currency: string): number =>
  DIGITS.find(([currencies]) => currencies.split(' ').includes(currency))?.[1] ?? 2;

/** Formats an amount in the currency’s smallest unit: 1900 usd → $19.00. */
export function formatMoney(amount: number, currency: string): string {
  const digits = currencyDigits(currency.toLowerCase());
  const options = {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat('en', options).format(amount / 10 ** digits);
}
