import type { RateLimit, RateLimits } from '@api-factory/sdk-ts';
import { formatDay, formatDuration } from '../../lib/format.ts';
import type { OwnKey } from './queries.ts';

/** A limit and what is left of it, as it was at one moment. */
export interface Limit {
  limit: number;
  remaining: number;
  /** Epoch ms by this browser’s clock; from then on `remaining` is no longer true. */
  resetsAt: number;
}

/** The limits of a key. null: it has none of that kind. */
export interface Limits {
  rate: Limit | null;
  quota: Limit | null;
  /** Epoch ms when this was so. */
  at: number;
}

/** An answer to a call stands against what is read right behind it, since both say the same. */
const FRESH_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * The limits that an answer’s RateLimit fields tell of; null when it has none, as when the key was refused.
 * @param retryAfterSeconds of a refusal for the rate: a sliding window can ask for longer than until its end
 */
export function limitsOfAnswer({ rate, quota }: RateLimits, at: number, retryAfterSeconds: number | null): Limits | null {
  if (rate === undefined && quota === undefined) return null;
  const seen = (limit: RateLimit | undefined, least: number): Limit | null =>
    limit ? { limit: limit.limit, remaining: limit.remaining, resetsAt: at + Math.max(limit.resetSeconds, least) * 1_000 } : null;
  return { rate: seen(rate, rate?.remaining === 0 ? (retryAfterSeconds ?? 0) : 0), quota: seen(quota, 0), at };
}

/** The limits that the key itself tells of. */
export function limitsOfKey({ rate, usage }: Pick<OwnKey, 'rate' | 'usage'>, at: number): Limits {
  const { limit, remaining, resetSeconds } = rate;
  return {
    rate: limit === null ? null : { limit, remaining: remaining ?? limit, resetsAt: at + (resetSeconds ?? 0) * 1_000 },
    quota: usage.limit === null ? null : { limit: usage.limit, remaining: usage.remaining ?? 0, resetsAt: Date.parse(usage.periodEnd) },
    at,
  };
}

/** Which of the two tells how it is now. */
export function latestLimits(answer: Limits | null, key: Limits | null): Limits | null {
  if (answer === null || key === null) return answer ?? key;
  const renewed = answer.rate !== null && key.at >= answer.rate.resetsAt;
  return renewed || key.at - answer.at > FRESH_MS ? key : answer;
}

/** What is left now: after the reset all of it, until somebody says better. */
export const leftOf = ({ limit, remaining, resetsAt }: Limit, now: number): number => (now >= resetsAt ? limit : remaining);

/** When the next limit that is used up is renewed; null when none is, or when it is never renewed. */
export function nextRenewal(limits: Limits | null, now: number): number | null {
  const waiting = [limits?.rate, limits?.quota].flatMap((limit) =>
    limit && limit.limit > 0 && limit.remaining === 0 ? [limit.resetsAt] : [],
  );
  const coming = waiting.filter((resetsAt) => resetsAt > now);
  return coming.length === 0 ? null : Math.min(...coming);
}

/** How long until then, counting down: “12 s”, “1 min 5 s”. Never 0 s before it has come. */
export const countdown = (until: number, now: number): string => formatDuration(Math.max(0, Math.ceil((until - now) / 1_000)));

/** When it resets, in words for a button: “in 12 s” or, from a day on, “1 Dec”. */
export function resetWords(resetsAt: number, now: number): string {
  if (resetsAt - now >= DAY_MS) return `resets ${formatDay(new Date(resetsAt))}`;
  return `resets in ${countdown(resetsAt, now)}`;
}

/** What is read out when it changes. It names no seconds, or it would be read out each second. */
export function announcement(limits: Limits | null, now: number): string {
  const spent = (limit: Limit | null | undefined): boolean => limit != null && limit.limit > 0 && leftOf(limit, now) === 0;
  if (spent(limits?.quota)) return 'The quota is used up';
  return spent(limits?.rate) ? 'The rate limit is used up' : '';
}
