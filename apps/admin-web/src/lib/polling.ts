const LONGEST_MS = 60_000;

/**
 * How long until a query that is asked every `everyMs` is asked again: twice as long after each failure in a row, at most a minute.
 * @param everyMs false: not by itself
 */
export function nextPollMs(everyMs: number | false, failuresInARow: number): number | false {
  if (everyMs === false) return false;
  return Math.min(Math.max(everyMs, LONGEST_MS), everyMs * 2 ** Math.min(failuresInARow, 10));
}

/** An interval that is not shorter than `leastMs`: what is asked more often costs much, or says nothing new. */
export const slowed = (everyMs: number | false, leastMs: number): number | false =>
  everyMs === false ? false : Math.max(everyMs, leastMs);

/** What is looked at of a query of any type. */
interface PolledQuery {
  state: { dataUpdatedAt: number; errorUpdatedAt: number };
}

/** Failed refreshes since the last answer, by query. */
const failures = new WeakMap<PolledQuery, { seenAt: number; count: number }>();

/**
 * Options for `useQuery` that refresh it by itself: not in a hidden tab, slower while it fails.
 * @param everyMs false: never by itself
 */
export const polling = (everyMs: number | false) => ({
  refetchInterval: (query: PolledQuery): number | false => nextPollMs(everyMs, failuresOf(query)),
  refetchIntervalInBackground: false,
});

function failuresOf(query: PolledQuery): number {
  const { dataUpdatedAt, errorUpdatedAt } = query.state;
  if (errorUpdatedAt <= dataUpdatedAt) {
    failures.delete(query);
    return 0;
  }
  const known = failures.get(query) ?? { seenAt: 0, count: 0 };
  const now = known.seenAt === errorUpdatedAt ? known : { seenAt: errorUpdatedAt, count: known.count + 1 };
  failures.set(query, now);
  return now.count;
}
