import type { Context } from '../../context.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60 * 60_000;

/**
 * Milliseconds until the next attempt after `failures` of them in a row (1 or more): 1 s doubling to 1 h. The tenth failure comes less than nine minutes
 * after the first. The jitter takes up to half of it away, so that what failed together does not come back together. `random` lies in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (1 - random / 2));
}

/** When to try again after `failures` of them in a row. */
export const nextAttemptAfter = (failures: number, { clock, randomBytes }: Context): Date =>
  new Date(clock.now() + backoffMs(failures, randomUnit(randomBytes)));

/** A number in [0, 1) of the context's randomness. */
export const randomUnit = (randomBytes: (n: number) => Uint8Array): number => (randomBytes(1)[0] ?? 0) / 256;
