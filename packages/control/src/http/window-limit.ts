import { addressPrefix, ProblemError } from '@api-factory/core';

/** Names that one limit keeps; the one whose window ends first is dropped. */
const MOST_NAMES = 20_000;

/** Counts uses per name in fixed windows. Attempts beyond the limit are not counted. */
export interface WindowLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Seconds until the name may be used again; null when it may be used now. Read only. */
  waitSeconds(name: string): number | null;
  /** Counts one use. Check `waitSeconds` first. */
  count(name: string): void;
}

interface Window {
  used: number;
  endsAt: number;
}

/** `clock` is in epoch ms. */
export function createWindowLimit({ max, windowMs }: { max: number; windowMs: number }, clock: { now(): number }): WindowLimit {
  const windows = new Map<string, Window>();
  const current = (name: string): Window | undefined => {
    const found = windows.get(name);
    const left = found === undefined ? 0 : found.endsAt - clock.now();
    // A window that ends too late was started by a clock that ran ahead.
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
      // Re-inserted at the end of the map, so that the first entry is the one that ends next.
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
  /** The limit in words, for the error: "20 checkouts per minute are allowed from one network". */
  allows: string;
}

/**
 * Counts one use of every limit, or none.
 * @throws ProblemError RATE_LIMITED with the seconds to wait, when one limit is used up
 */
export function useAll(uses: readonly Use[]): void {
  for (const { limit, name, allows } of uses) {
    const retryAfterSeconds = limit.waitSeconds(name);
    if (retryAfterSeconds === null) continue;
    throw new ProblemError('RATE_LIMITED', {
      detail: `${allows}. Retry in ${retryAfterSeconds} s.`,
      details: { limit: limit.max, retryAfter: retryAfterSeconds },
      retryAfterSeconds,
    });
  }
  for (const { limit, name } of uses) limit.count(name);
}

/** Limits for the networks of an address. An IPv4 address only has the first. */
export interface NetworkShares {
  /** An IPv4 address or an IPv6 /64: a home or a phone. */
  host: number;
  /** An IPv6 /56: what a home connection can have. */
  site: number;
  /** An IPv6 /48: what an organization can have. */
  organization: number;
}

/** Limits per minute and network: more addresses in the same network don’t raise the limit. */
export interface NetworkLimit {
  /**
   * The uses that a request from the address counts as; `what` completes "20 … per minute are
   * allowed".
   */
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
