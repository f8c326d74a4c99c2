const DAY_MS = 86_400_000;

/** Lengths of life that are offered for a key, by their word; `at`: a time that is typed in. */
export const LIVES = {
  never: { label: 'Never', days: null },
  '7d': { label: 'In 7 days', days: 7 },
  '30d': { label: 'In 30 days', days: 30 },
  '90d': { label: 'In 90 days', days: 90 },
  '365d': { label: 'In a year', days: 365 },
  at: { label: 'At a time …', days: null },
} as const;

export type Life = keyof typeof LIVES;

/** When a key of this life expires, in RFC 3339; null: never, empty: a time is still to be typed in. */
export function expiryOf(life: Life, now: Date): string | null {
  if (life === 'never') return null;
  const { days } = LIVES[life];
  return days === null ? '' : new Date(now.getTime() + days * DAY_MS).toISOString();
}

/** Why a key can’t be given this expiry; null: it can. */
export function faultOfExpiry(expiresAt: string | null, now: Date): string | null {
  if (expiresAt === null) return null;
  const at = Date.parse(expiresAt);
  if (Number.isNaN(at)) return 'Choose a day and a time';
  return at <= now.getTime() ? 'Choose a time in the future' : null;
}
