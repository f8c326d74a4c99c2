import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Limits, latestLimits, limitsOfKey, nextRenewal } from './limits.ts';
import type { OwnKey } from './queries.ts';

/** The server’s window ends by its own clock; asking a moment later sees the new one. */
const LATER_MS = 400;
/** What is further away is seen by the usual refresh; timers can’t wait for a month. */
const LONGEST_WAIT_MS = 3_600_000;

/** The limits of the key in use: from the last answer to a call with it, or from what the key says of itself. */
export function useLimits(keyId: number | null, own: UseQueryResult<OwnKey>) {
  const [seen, setSeen] = useState<ReadonlyMap<number, Limits>>(new Map());
  const answered = keyId === null ? null : (seen.get(keyId) ?? null);
  const limits = latestLimits(answered, own.data === undefined ? null : limitsOfKey(own.data, own.dataUpdatedAt));
  const renewal = nextRenewal(limits, Date.now());
  const { refetch } = own;
  useEffect(() => {
    const wait = renewal === null ? LONGEST_WAIT_MS : renewal - Date.now() + LATER_MS;
    if (wait >= LONGEST_WAIT_MS) return;
    const timer = setTimeout(() => void refetch(), wait);
    return () => clearTimeout(timer);
  }, [renewal, refetch]);
  const saw = (id: number, now: Limits) => setSeen((before) => new Map(before).set(id, now));
  return { limits, saw };
}
