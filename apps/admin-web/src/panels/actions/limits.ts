import type { RateLimit, RateLimits } from '@api-factory/sdk-ts';
import { formatDay, formatDuration } from '../../lib/format.ts';
import type { OwnKey } from './queries.ts';

/** A limit and what remains of it at one moment. */
export interface RemainingLimit {
  limit: number;
  remaining: number;
  /** Epoch ms by this browser’s clock; `remaining` is out of date from then on. */
  resetsAt: number;
}

/** The limits of a key; null: it has no limit of that kind. */
export interface RemainingLimits {
  rate: RemainingLimit | null;
  quota: RemainingLimit | null;
  /** When this was read, epoch ms. */
  at: number;
}

/** How long the limits of a response take precedence over those read from the key. */
const FRESH_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * The limits in a response’s RateLimit fields; null when it has none, as when the key was refused.
 * @param retryAfterSeconds from a `RATE_LIMITED` response; with a sliding window, it can be later
 * than the end of the window
 */
export function limitsOfResponse({ rate, quota }: RateLimits, at: number, retryAfterSeconds: number | null): RemainingLimits | null {
  if (rate === undefined && quota === undefined) return null;
  const read = (limit: RateLimit | undefined, leastSeconds: number): RemainingLimit | null =>
    limit ? { limit: limit.limit, remaining: limit.remaining, resetsAt: at + Math.max(limit.resetSeconds, leastSeconds) * 1_000 } : null;
  return { rate: read(rate, rate?.remaining === 0 ? (retryAfterSeconds ?? 0) : 0), quota: read(quota, 0), at };
}

/** The limits in the response of `GET /api/admin/keys/me`. */
export function limitsOfKey({ rate, usage }: Pick<OwnKey, 'rate' | 'usage'>, at: number): RemainingLimits {
  const { limit, remaining, resetSeconds } = rate;
  return {
    rate: limit === null ? null : { limit, remaining: remaining ?? limit, resetsAt: at + (resetSeconds ?? 0) * 1_000 },
    quota: usage.limit === null ? null : { limit: usage.limit, remaining: usage.remaining ?? 0, resetsAt: Date.parse(usage.periodEnd) },
    at,
  };
}

/** The more accurate of the two limits. */
export function latestLimits(response: RemainingLimits | null, key: RemainingLimits | null): RemainingLimits | null {
  if (response === null || key === null) return response ?? key;
  const reset = response.rate !== null && key.at >= response.rate.resetsAt;
  return reset || key.at - response.at > FRESH_MS ? key : response;
}

/** What remains at `now`: the whole limit from its reset on. */
export const remainingAt = ({ limit, remaining, resetsAt }: RemainingLimit, now: number): number => (now >= resetsAt ? limit : remaining);

/** When the next exhausted limit resets; null when none does. */
export function nextReset(limits: RemainingLimits | null, now: number): number | null {
  const resets = [limits?.rate, limits?.quota].flatMap((limit) =>
    limit && limit.limit > 0 && limit.remaining === 0 ? [limit.resetsAt] : [],
  );
  const upcoming = resets.filter((resetsAt) => resetsAt > now);
  return upcoming.length === 0 ? null : Math.min(...upcoming);
}

/** “12 s”, “1 min 5 s”. Rounded up, so that it is 0 s only from `until` on. */
export const countdown = (until: number, now: number): string => formatDuration(Math.max(0, Math.ceil((until - now) / 1_000)));

/** “resets in 12 s”; from a day on “resets Dec 1”. */
export function resetText(resetsAt: number, now: number): string {
  if (resetsAt - now >= DAY_MS) return `resets ${formatDay(new Date(resetsAt))}`;
  return `resets in ${countdown(resetsAt, now)}`;
}

/** For screen readers. Without seconds, or it would be read out every second. */
export function announcement(limits: RemainingLimits | null, now: number): string {
  const exhausted = (limit: RemainingLimit | null | undefined): boolean =>
    limit != null && limit.limit > 0 && remainingAt(limit, now) === 0;
  if (exhausted(limits?.quota)) return 'Quota used up';
  return exhausted(limits?.rate) ? 'Rate limit reached' : '';
}
