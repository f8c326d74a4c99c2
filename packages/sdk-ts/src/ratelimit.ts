/** One limit and what is left of it. */
export interface RateLimit {
  limit: number;
  /** Calls or units that are left. */
  remaining: number;
  /** Seconds until it is renewed. */
  resetSeconds: number;
  /** Length of the rate’s window; a quota has none, its period is a calendar’s. */
  windowSeconds: number | null;
}

/** What an answer says of the key’s limits. A key without a limit has no entry for it. */
export interface RateLimits {
  rate?: RateLimit;
  quota?: RateLimit;
}

/** Sticky: it goes on where the item before it ended or not at all, which keeps it linear. */
const ITEM = /\s*"((?:[^"\\]|\\.)*)"((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|$)/gy;
const PARAMETER = /;\s*([a-z*][\w.*-]*)=("(?:[^"\\]|\\.)*"|[^";,\s]+)/g;

/**
 * Reads `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11; lists of RFC
 * 9651). Never throws: what is missing or can’t be read is left out.
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
 * `Retry-After` in seconds from `nowMs`, whether it names seconds or a date (RFC 9110, section
 * 10.2.3); null without a readable one.
 */
export function retryAfterSecondsOf(headers: Headers, nowMs: number): number | null {
  const field = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(field)) return Number(field);
  const at = field.endsWith(' GMT') ? Date.parse(field) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1_000));
}

/** The list’s strings with their integer parameters. */
function itemsOf(field: string | null): Map<string, Record<string, number>> {
  const items = [...(field ?? '').matchAll(ITEM)];
  return new Map(items.map(([, name = '', parameters = '']) => [name, integersOf(parameters)]));
}

function integersOf(parameters: string): Record<string, number> {
  const pairs = [...parameters.matchAll(PARAMETER)].filter(([, , value = '']) => /^\d{1,15}$/.test(value));
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}
