import type { Sample } from './prometheus.ts';

/** Cumulative: the number of observations up to the bound. */
export interface Bucket {
  /** Infinity for the last one. */
  bound: number;
  count: number;
}

/** Merges the `_bucket` series of a histogram over all other labels, ordered by bound. */
export function bucketsOf(samples: Iterable<Sample>): Bucket[] {
  const counts = new Map<number, number>();
  for (const { labels, value } of samples) {
    const bound = boundOf(labels.le);
    if (bound !== null) counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return [...counts].map(([bound, count]) => ({ bound, count })).sort((one, other) => one.bound - other.bound);
}

function boundOf(le: string | undefined): number | null {
  if (le === undefined || le === '') return null;
  const bound = le === '+Inf' ? Infinity : Number(le);
  return Number.isNaN(bound) ? null : bound;
}

/** Adds up histograms with the same bounds. */
export function mergeBuckets(histograms: Iterable<readonly Bucket[]>): Bucket[] {
  const counts = new Map<number, number>();
  for (const buckets of histograms) for (const { bound, count } of buckets) counts.set(bound, (counts.get(bound) ?? 0) + count);
  return [...counts].map(([bound, count]) => ({ bound, count })).sort((one, other) => one.bound - other.bound);
}

/**
 * Estimates a quantile like PromQL’s `histogram_quantile`: linear interpolation within its bucket,
 * from 0 in the first one, and the last finite bound for anything above it.
 * @param quantile 0 to 1
 * @returns null without observations, without a `+Inf` bucket, or with no other bucket
 */
export function quantileOf(quantile: number, buckets: readonly Bucket[]): number | null {
  const cumulative = monotonic(buckets);
  const last = cumulative.at(-1);
  if (!(quantile >= 0 && quantile <= 1) || last === undefined || last.bound !== Infinity || cumulative.length < 2 || last.count === 0)
    return null;
  const rank = quantile * last.count;
  const found = cumulative.findIndex(({ count }) => count >= rank);
  const { bound = 0, count = 0 } = cumulative[found] ?? {};
  const below = cumulative[found - 1];
  if (bound === Infinity) return below?.bound ?? null;
  if (below === undefined && bound <= 0) return bound;
  const start = below?.bound ?? 0;
  const within = count - (below?.count ?? 0);
  return within === 0 ? start : start + (bound - start) * ((rank - (below?.count ?? 0)) / within);
}

/** Raises counts so they never fall: series scraped a moment apart can be slightly inconsistent. */
function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let most = 0;
  return buckets.map(({ bound, count }) => {
    most = Math.max(most, count);
    return { bound, count: most };
  });
}
