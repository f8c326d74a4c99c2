import type { Context } from '../../context.ts';

const FIRST_MS = 1_000;
const MAX_MS = 60 * 60_000;

/**
 * Milliseconds until the next attempt after `failures` (1 or more) in a row: 1 s doubling to 1 h.
 * The tenth failure comes less than nine minutes after the first. Jitter subtracts up to half, so
 * that attempts that failed together spread out. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (1 - random / 2));
}

export const nextAttemptAfter = (failures: number, { clock, randomBytes }: Context): Date =>
  new Date(clock.now() + backoffMs(failures, randomUnit(randomBytes)));

/** A random number in [0, 1). */
export const randomUnit = (randomBytes: (n: number) => Uint8Array): number => (randomBytes(1)[0] ?? 0) / 256;
