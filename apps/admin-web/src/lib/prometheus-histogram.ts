import type { Sample } from './prometheus.ts';

/** How many observations were at most as large as the bound. */
export interface Bucket {
  /** Infinity in the last one. */
  bound: number;
  count: number;
}

/** Merges the `_bucket` series of a histogram, whatever their other labels are, in the order of their bounds. */
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

/** Merges histograms that have the same bounds, for example those of several steps. */
export function mergeBuckets(histograms: Iterable<readonly Bucket[]>): Bucket[] {
  const counts = new Map<number, number>();
  for (const buckets of histograms) for (const { bound, count } of buckets) counts.set(bound, (counts.get(bound) ?? 0) + count);
  return [...counts].map(([bound, count]) => ({ bound, count })).sort((one, other) => one.bound - other.bound);
}

/**
 * The quantile of a histogram as PromQL’s `histogram_quantile` estimates it: linear within the bucket that it falls into, from 0 in the
 * first one; what falls above the last finite bound is as large as that bound.
 * @param quantile 0 to 1
 * @returns null when nothing was observed, or the buckets say nothing (no `+Inf`, or nothing but it)
 */
export function quantileOf(quantile: number, buckets: readonly Bucket[]): number | null {
  const cumulative = neverFalling(buckets);
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

/** Buckets of series that were read a moment apart can fall by a little; a count of “at most” can’t. */
function neverFalling(buckets: readonly Bucket[]): Bucket[] {
  let most = 0;
  return buckets.map(({ bound, count }) => {
    most = Math.max(most, count);
    return { bound, count: most };
  });
}
