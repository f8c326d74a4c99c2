/** Time ranges by their name in the URL. */
export const RANGES = {
  '1h': { label: '1 hour', seconds: 3_600, bucket: 'minute' },
  '24h': { label: '24 hours', seconds: 86_400, bucket: 'hour' },
  '7d': { label: '7 days', seconds: 604_800, bucket: 'hour' },
  '30d': { label: '30 days', seconds: 2_592_000, bucket: 'day' },
  '90d': { label: '90 days', seconds: 7_776_000, bucket: 'day' },
} as const;

export type RangeName = keyof typeof RANGES;

export interface Range {
  name: RangeName;
  from: Date;
  to: Date;
  /** The roll-up to read. */
  bucket: 'minute' | 'hour' | 'day';
}

/**
 * The range with this name; an unknown name means 24 hours. It ends with the current minute, so
 * repeated calls return the same range for a while.
 */
export function rangeOf(rangeName: string, now: Date): Range {
  const name = Object.hasOwn(RANGES, rangeName) ? (rangeName as RangeName) : '24h';
  const { seconds, bucket } = RANGES[name];
  const to = new Date(Math.ceil((now.getTime() + 1) / 60_000) * 60_000);
  return { name, from: new Date(to.getTime() - seconds * 1_000), to, bucket };
}
