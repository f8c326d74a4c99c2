import type { Sample } from './prometheus.ts';

/** What makes a sample the same series in two scrapes: its name and labels, in whichever order they stand. */
export const seriesOf = ({ name, labels }: Sample): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))]);

/**
 * By how much each counter grew from one scrape to the next; never by less than nothing. A counter that fell was reset by a restart, and one
 * that is new began at 0: both grew by what they show now.
 * @param restarted the process is known to be another one: even a counter that looks higher began anew
 */
export function increases(before: readonly Sample[], after: readonly Sample[], restarted = false): Sample[] {
  const known = new Map(restarted ? [] : before.map((sample) => [seriesOf(sample), sample.value]));
  return after.map((sample) => ({ ...sample, value: increaseOf(known.get(seriesOf(sample)), sample.value) }));
}

function increaseOf(before: number | undefined, after: number): number {
  const grown = before === undefined || Number.isNaN(before) || after < before ? after : after - before;
  return Number.isFinite(grown) && grown > 0 ? grown : 0;
}

/** Adds up samples that have the same value of a label; those without it are left out. */
export function sumBy(samples: Iterable<Sample>, labelOf: (sample: Sample) => string | undefined): Map<string, number> {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    const label = labelOf(sample);
    if (label !== undefined) sums.set(label, (sums.get(label) ?? 0) + sample.value);
  }
  return sums;
}

/** Adds up counts that were kept apart. */
export function addUp(parts: Iterable<ReadonlyMap<string, number>>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const part of parts) for (const [name, count] of part) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
