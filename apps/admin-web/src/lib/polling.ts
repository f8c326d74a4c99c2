const MAX_BACKOFF_MS = 60_000;

/**
 * Time until the next poll: `everyMs`, doubled after each consecutive failure up to a minute.
 * @param everyMs false: no polling
 */
export function nextPollMs(everyMs: number | false, failuresInARow: number): number | false {
  if (everyMs === false) return false;
  return Math.min(Math.max(everyMs, MAX_BACKOFF_MS), everyMs * 2 ** Math.min(failuresInARow, 10));
}

/** Raises an interval to at least `leastMs`, for queries that are expensive or rarely change. */
export const slowed = (everyMs: number | false, leastMs: number): number | false =>
  everyMs === false ? false : Math.max(everyMs, leastMs);

interface PolledQuery {
  state: { dataUpdatedAt: number; errorUpdatedAt: number };
}

/** Failed refreshes since the last success, by query. */
const failures = new WeakMap<PolledQuery, { seenAt: number; count: number }>();

/**
 * Polling options for `useQuery`: paused in a hidden tab, with backoff after failures.
 * @param everyMs false: no polling
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
