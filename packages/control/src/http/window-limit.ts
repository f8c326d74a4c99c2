import { addressPrefix, ProblemError } from '@api-factory/core';

/** Names that one limit remembers; the one whose window ends next makes room. */
const MOST_NAMES = 20_000;

/** Counts uses per name in fixed windows. Of a window that is used up, further attempts are not counted. */
export interface WindowLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Seconds until the name may be used again; null when it may be used now. Changes nothing. */
  waitSeconds(name: string): number | null;
  /** Counts one use. Ask `waitSeconds` before. */
  count(name: string): void;
}

interface Window {
  used: number;
  endsAt: number;
}

/** A limit by the given clock (epoch ms). */
export function createWindowLimit({ max, windowMs }: { max: number; windowMs: number }, clock: { now(): number }): WindowLimit {
  const windows = new Map<string, Window>();
  const current = (name: string): Window | undefined => {
    const found = windows.get(name);
    const left = found === undefined ? 0 : found.endsAt - clock.now();
    // A window that ends later than one can last was begun by a clock that was ahead.
    return left > 0 && left <= windowMs ? found : undefined;
  };
  return {
    max,
    windowMs,
    waitSeconds: (name) => {
      const found = current(name);
      if ((found?.used ?? 0) < max) return null;
      return Math.max(1, Math.ceil(((found?.endsAt ?? clock.now() + windowMs) - clock.now()) / 1_000));
    },
    count: (name) => {
      const found = current(name);
      if (found !== undefined) {
        found.used += 1;
        return;
      }
      // Set anew at its end, so that the first of the map is the one that ends next.
      windows.delete(name);
      windows.set(name, { used: 1, endsAt: clock.now() + windowMs });
      if (windows.size > MOST_NAMES) windows.delete(windows.keys().next().value ?? '');
    },
  };
}

/** One use of a limit, under a name. */
export interface Use {
  limit: WindowLimit;
  name: string;
  /** What is allowed, for the refusal: "20 checkouts per minute are allowed from one network". */
  allows: string;
}

/**
 * Counts one use of each limit, or of none.
 * @throws ProblemError RATE_LIMITED when one of them is used up, with the seconds to wait
 */
export function useAll(uses: readonly Use[]): void {
  for (const { limit, name, allows } of uses) {
    const retryAfterSeconds = limit.waitSeconds(name);
    if (retryAfterSeconds === null) continue;
    throw new ProblemError('RATE_LIMITED', {
      detail: `${allows}; retry in ${retryAfterSeconds} s.`,
      details: { limit: limit.max, retryAfter: retryAfterSeconds },
      retryAfterSeconds,
    });
  }
  for (const { limit, name } of uses) limit.count(name);
}

/** How much is allowed to the networks that an address belongs to. IPv4 addresses stand for themselves and have the first number. */
export interface NetworkShares {
  /** An IPv4 address, or an IPv6 /64: what a home or a phone has. */
  host: number;
  /** An IPv6 /56: what a home connection may have. */
  site: number;
  /** An IPv6 /48: what an organization has. */
  organization: number;
}

/** Limits per minute and network: strangers can have more addresses of their own network, but not more of it. */
export interface NetworkLimit {
  /** The uses that a request from the address counts as; `what` completes "20 … per minute are allowed". */
  of(address: string, what: string): Use[];
}

export function createNetworkLimit({ host, site, organization }: NetworkShares, clock: { now(): number }): NetworkLimit {
  const sizes = [
    { bits: 64, max: host },
    { bits: 56, max: site },
    { bits: 48, max: organization },
  ].map(({ bits, max }) => ({ bits, limit: createWindowLimit({ max, windowMs: 60_000 }, clock) }));
  return {
    of: (address, what) => {
      const named = sizes.map(({ bits, limit }) => ({ limit, name: addressPrefix(address, bits) }));
      // All names of an IPv4 address are the same; the first limit is the smallest.
      const own = named.filter(({ name }, index) => index === 0 || name !== named[0]?.name);
      return own.map(({ limit, name }) => ({ limit, name, allows: `${limit.max} ${what} per minute are allowed from one network` }));
    },
  };
}
