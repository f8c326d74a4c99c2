import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ClockCheck, differenceOf } from './clock-check.ts';

const NOW = Date.UTC(2026, 5, 1);
const MINUTE_MS = 60_000;

function aCheck() {
  const at = { wall: NOW, product: NOW, database: NOW as number | Error };
  const lines: string[] = [];
  const clocks = new ClockCheck({
    clock: { now: () => at.product },
    wallClock: () => at.wall,
    databaseNow: async () => {
      if (typeof at.database === 'number') return at.database;
      throw at.database;
    },
    log: pino({}, { write: (line) => void lines.push(line) }),
  });
  return { at, clocks, lines };
}

test('clocks that differ by up to five minutes pass', async () => {
  const { at, clocks } = aCheck();
  expect(clocks.check().ok).toBe(true);
  at.wall = NOW + 5 * MINUTE_MS;
  at.product = NOW - 5 * MINUTE_MS;
  await clocks.look();
  expect(clocks.check()).toEqual({ ok: true });
});

test('a wrong machine clock is reported as an advisory that refuses no call, and logged once', async () => {
  const { at, clocks, lines } = aCheck();
  at.wall = NOW - 7 * MINUTE_MS;
  await clocks.look();
  await clocks.look();
  expect(clocks.check()).toEqual({ ok: false, advisory: true, detail: expect.stringContaining('machine’s clock is 7 min behind') });
  expect(lines).toHaveLength(1);
  at.wall = NOW;
  await clocks.look();
  expect(clocks.check().ok).toBe(true);
});

test('a machine clock that was set back leaves the process ahead, which is reported', async () => {
  const { at, clocks } = aCheck();
  at.product = NOW + 6 * MINUTE_MS;
  await clocks.look();
  expect(clocks.check()).toMatchObject({ ok: false, detail: expect.stringContaining('restart the product') });
});

test('the last result stays while the database does not answer', async () => {
  const { at, clocks } = aCheck();
  at.wall = NOW + 6 * MINUTE_MS;
  await clocks.look();
  at.database = new Error('unreachable');
  await clocks.look();
  expect(clocks.check().ok).toBe(false);
});

test('the limit is five minutes in either direction', () => {
  const over = 5 * MINUTE_MS + 1;
  expect([over, -over].map((machine) => differenceOf({ machine, product: 0 }) !== null)).toEqual([true, true]);
  expect([over, -over].map((product) => differenceOf({ machine: 0, product }) !== null)).toEqual([true, true]);
  expect(differenceOf({ machine: 5 * MINUTE_MS, product: -5 * MINUTE_MS })).toBeNull();
});
