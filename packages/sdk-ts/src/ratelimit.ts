/** A limit and its remaining allowance. */
export interface RateLimit {
  limit: number;
  /** Remaining calls or units. */
  remaining: number;
  /** Seconds until the limit resets. */
  resetSeconds: number;
  /** Length of the rate window; null for a quota, whose period is a calendar period. */
  windowSeconds: number | null;
}

/** The limits of a key, as reported by a response. An unlimited key has no entry. */
export interface RateLimits {
  rate?: RateLimit;
  quota?: RateLimit;
}

/** Sticky: it only matches at the end of the previous item, which keeps parsing linear. */
const ITEM = /\s*"((?:[^"\\]|\\.)*)"((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|$)/gy;
const PARAMETER = /;\s*([a-z*][\w.*-]*)=("(?:[^"\\]|\\.)*"|[^";,\s]+)/g;

/**
 * Reads `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11; lists of RFC
 * 9651). Never throws: limits that are missing or unreadable are omitted.
 *
 * @example const { quota } = rateLimitsOf(response);
 */
export function rateLimitsOf(source: Response | Headers): RateLimits {
  const headers = 'headers' in source ? source.headers : source;
  const policies = itemsOf(headers.get('ratelimit-policy'));
  const states = itemsOf(headers.get('ratelimit'));
  const limits: RateLimits = {};
  for (const name of ['rate', 'quota'] as const) {
    const { q: limit, w: windowSeconds } = policies.get(name) ?? {};
    const { r: remaining, t: resetSeconds } = states.get(name) ?? {};
    if (limit === undefined || remaining === undefined || resetSeconds === undefined) continue;
    limits[name] = { limit, remaining, resetSeconds, windowSeconds: windowSeconds ?? null };
  }
  return limits;
}

/**
 * `Retry-After` in seconds from `nowMs`, given as seconds or a date (RFC 9110, section 10.2.3);
 * null if missing or unreadable.
 */
export function retryAfterSecondsOf(headers: Headers, nowMs: number): number | null {
  const field = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(field)) return Number(field);
  const at = field.endsWith(' GMT') ? Date.parse(field) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1_000));
}

/** The strings of the list, with their integer parameters. */
function itemsOf(field: string | null): Map<string, Record<string, number>> {
  const items = [...(field ?? '').matchAll(ITEM)];
  return new Map(items.map(([, name = '', parameters = '']) => [name, integersOf(parameters)]));
}

function integersOf(parameters: string): Record<string, number> {
  const pairs = [...parameters.matchAll(PARAMETER)].filter(([, , value = '']) => /^\d{1,15}$/.test(value));
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}
