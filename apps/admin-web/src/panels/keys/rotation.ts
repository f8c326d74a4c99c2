/** How long the old key can live on, in seconds, by its word in the form. */
export const OVERLAPS = [
  { seconds: 0, label: 'Not at all', description: 'Calls with the old key are refused at once.' },
  { seconds: 3_600, label: '1 hour', description: 'For a key that is in one place.' },
  { seconds: 86_400, label: '24 hours', description: 'Time to put the new one in its place.' },
  { seconds: 604_800, label: '7 days', description: 'For a key that others have to change.' },
] as const;

export const USUAL_OVERLAP = 86_400;

/** Until when the old key works, in RFC 3339; null: it does not any more. It never lives longer than it would have. */
export function endOfOld(expiresAt: string | null, overlapSeconds: number, now: Date): string | null {
  if (overlapSeconds === 0) return null;
  const end = now.getTime() + overlapSeconds * 1_000;
  const own = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  return new Date(Math.min(end, own)).toISOString();
}
