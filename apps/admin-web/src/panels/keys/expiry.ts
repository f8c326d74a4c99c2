const DAY_MS = 86_400_000;

/** The choices for a key’s expiry. */
export const EXPIRY_CHOICES = {
  never: { label: 'Never', days: null },
  '7d': { label: 'In 7 days', days: 7 },
  '30d': { label: 'In 30 days', days: 30 },
  '90d': { label: 'In 90 days', days: 90 },
  '365d': { label: 'In 1 year', days: 365 },
  custom: { label: 'Custom date…', days: null },
} as const;

export type ExpiryChoice = keyof typeof EXPIRY_CHOICES;

/** The expiry for a choice, in RFC 3339; null: never, empty: not entered yet. */
export function expiryOf(choice: ExpiryChoice, now: Date): string | null {
  if (choice === 'never') return null;
  const { days } = EXPIRY_CHOICES[choice];
  return days === null ? '' : new Date(now.getTime() + days * DAY_MS).toISOString();
}

/** The error of an expiry; null when it is valid. */
export function expiryError(expiresAt: string | null, now: Date): string | null {
  if (expiresAt === null) return null;
  const at = Date.parse(expiresAt);
  if (Number.isNaN(at)) return 'Choose a date and time';
  return at <= now.getTime() ? 'Choose a time in the future' : null;
}

/** How long the old key keeps working after a rotation. */
export const OVERLAPS = [
  { seconds: 0, label: 'Now', description: 'Requests with the old key fail immediately.' },
  { seconds: 3_600, label: 'In 1 hour', description: 'Enough for a key used in one place.' },
  { seconds: 86_400, label: 'In 24 hours', description: 'Leaves time to deploy the new key.' },
  { seconds: 604_800, label: 'In 7 days', description: 'For a key that other people must replace.' },
] as const;

export const DEFAULT_OVERLAP_SECONDS = 86_400;

/**
 * When the old key stops working after a rotation, in RFC 3339; null: immediately. The overlap
 * never extends the key’s own expiry.
 */
export function endOfOldKey(expiresAt: string | null, overlapSeconds: number, now: Date): string | null {
  if (overlapSeconds === 0) return null;
  const end = now.getTime() + overlapSeconds * 1_000;
  const expiry = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  return new Date(Math.min(end, expiry)).toISOString();
}
