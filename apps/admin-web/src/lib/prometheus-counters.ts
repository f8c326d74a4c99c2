import type { Sample } from './prometheus.ts';

/** Identifies a series across scrapes: by name and labels, in any order. */
export const seriesOf = ({ name, labels }: Sample): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))]);

/**
 * The increase of each counter between two scrapes, never negative. A counter that fell was reset,
 * and a new one started at 0: both increased by their current value.
 * @param restarted the process was restarted, so every counter was reset, even a higher one
 */
export function increases(before: readonly Sample[], after: readonly Sample[], restarted = false): Sample[] {
  const known = new Map(restarted ? [] : before.map((sample) => [seriesOf(sample), sample.value]));
  return after.map((sample) => ({ ...sample, value: increaseOf(known.get(seriesOf(sample)), sample.value) }));
}

function increaseOf(before: number | undefined, after: number): number {
  const increase = before === undefined || Number.isNaN(before) || after < before ? after : after - before;
  return Number.isFinite(increase) && increase > 0 ? increase : 0;
}

/** Sums samples by a label; samples without it are dropped. */
export function sumBy(samples: Iterable<Sample>, labelOf: (sample: Sample) => string | undefined): Map<string, number> {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    const label = labelOf(sample);
    if (label !== undefined) sums.set(label, (sums.get(label) ?? 0) + sample.value);
  }
  return sums;
}

/** Sums counts by name. */
export function sumMaps(parts: Iterable<ReadonlyMap<string, number>>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const part of parts) for (const [name, count] of part) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
