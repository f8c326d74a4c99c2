import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyRateCell, type RateCell } from './model.ts';
import { rateRemaining, rateResetMs, rateRetryMs, returnRate, takeRate } from './rate.ts';

/** Admitted calls per aligned window, by window number. */
function admittedByWindow(limit: number, windowMs: number, times: number[]): Map<number, number> {
  const cell = emptyRateCell();
  const admitted = new Map<number, number>();
  for (const at of times) {
    if (!takeRate(cell, limit, windowMs, at)) continue;
    const window = Math.floor(at / windowMs);
    admitted.set(window, (admitted.get(window) ?? 0) + 1);
  }
  return admitted;
}

/** Call times from gaps: `[3, 1]` from 100 is 103, 104. */
function timesFrom(start: number, gaps: number[]): number[] {
  let at = start;
  return gaps.map((gap) => {
    at += gap;
    return at;
  });
}

const limits = fc.integer({ min: 0, max: 40 });
const windows = fc.integer({ min: 1, max: 600 });
const starts = fc.integer({ min: 0, max: 2_000_000_000_000 });
const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 900 })), { maxLength: 300 });

/** A cell after any sequence of calls. */
const usedCell = fc.record({ limit: limits, windowMs: windows, start: starts, gaps }).map(({ limit, windowMs, start, gaps }) => {
  const cell = emptyRateCell();
  const times = timesFrom(start, gaps);
  for (const at of times) takeRate(cell, limit, windowMs, at);
  return { cell, limit, windowMs, now: times.at(-1) ?? start };
});

describe('the upper bound', () => {
  test('an aligned window admits at most the limit, for any sequence of calls', () => {
    fc.assert(
      fc.property(limits, windows, starts, gaps, (limit, windowMs, start, gaps) => {
        for (const count of admittedByWindow(limit, windowMs, timesFrom(start, gaps)).values()) expect(count).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 500 },
    );
  });

  test('an aligned window admits at most the limit on a clock with fractions of a millisecond', () => {
    const fraction = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(limits, windows, fraction, (limit, windowMs, gaps) => {
        const counts = admittedByWindow(limit, windowMs, timesFrom(1_700_000_000_000, gaps));
        for (const count of counts.values()) expect(count).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('an interval across two aligned windows admits up to twice the limit, after a burst at the edge', () => {
    const cell = emptyRateCell();
    const burst = Array.from({ length: 6 }, () => takeRate(cell, 6, 100, 99));
    const next = Array.from({ length: 98 }, (_, i) => takeRate(cell, 6, 100, 100 + i));
    expect([...burst, ...next].filter(Boolean)).toHaveLength(12);
  });
});

describe('the lower bound for a saturated caller', () => {
  test('a caller whose gaps are all shorter than window ÷ limit gets exactly the limit in every full aligned window', () => {
    const caller = fc.integer({ min: 2, max: 400 }).chain((windowMs) =>
      fc.integer({ min: 1, max: windowMs - 1 }).chain((limit) => {
        const longestGap = Math.ceil(windowMs / limit) - 1;
        return fc.record({
          windowMs: fc.constant(windowMs),
          limit: fc.constant(limit),
          start: starts,
          pattern: fc.array(fc.integer({ min: 1, max: longestGap }), { minLength: 1, maxLength: 50 }),
        });
      }),
    );
    fc.assert(
      fc.property(caller, ({ windowMs, limit, start, pattern }) => {
        const times: number[] = [];
        for (let at = start, i = 0; at < start + 6 * windowMs; i++) {
          times.push(at);
          at += pattern[i % pattern.length] ?? 1;
        }
        const counts = admittedByWindow(limit, windowMs, times);
        const first = Math.floor(start / windowMs) + 1;
        expect([0, 1, 2, 3].map((n) => counts.get(first + n))).toEqual([limit, limit, limit, limit]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [1, 60_000],
    [60, 60_000],
    [5_000, 60_000],
    [59_999, 60_000],
    [999, 1_000],
  ])('with %i per %i ms, a call every millisecond gets the limit in each of three windows', (limit, windowMs) => {
    const times = Array.from({ length: 3 * windowMs }, (_, i) => 1_200_000 + i);
    expect([...admittedByWindow(limit, windowMs, times).values()]).toEqual([limit, limit, limit]);
  });

  test('calls exactly window ÷ limit apart and on the edges get one less in every other window', () => {
    const times = Array.from({ length: 12 }, (_, i) => i * 5);
    expect([...admittedByWindow(2, 10, times).values()]).toEqual([2, 1, 2, 1, 2, 1]);
  });

  test('a limit of one call per millisecond admits one less in every other window: the last millisecond has a weight of one', () => {
    const times = Array.from({ length: 4_000 }, (_, i) => [i, i]).flat();
    expect([...admittedByWindow(1_000, 1_000, times).values()]).toEqual([1_000, 999, 1_000, 999]);
  });

  test('bursts of the limit with gaps of at most g get at least limit − floor(limit × g ÷ window)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        (limit, windowMs, gap) => {
          const times: number[] = [];
          for (let at = 0; at < 8 * windowMs; at += gap) for (let n = 0; n < limit; n++) times.push(at);
          const counts = admittedByWindow(limit, windowMs, times);
          const least = limit - Math.floor((limit * gap) / windowMs);
          for (let window = 1; window < 7; window++) expect(counts.get(window) ?? 0).toBeGreaterThanOrEqual(least);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a refusal', () => {
  test('changes nothing except the current window', () => {
    fc.assert(
      fc.property(usedCell, fc.integer({ min: 0, max: 700 }), ({ cell, limit, windowMs, now }, wait) => {
        const rolled = structuredClone(cell);
        rateRemaining(rolled, limit, windowMs, now + wait);
        if (!takeRate(cell, limit, windowMs, now + wait)) expect(cell).toEqual(rolled);
      }),
    );
  });

  test('in the same window changes nothing at all', () => {
    const cell: RateCell = { windowStart: 1_000, current: 3, previous: 2 };
    expect(takeRate(cell, 3, 1_000, 1_999)).toBe(false);
    expect(cell).toEqual({ windowStart: 1_000, current: 3, previous: 2 });
  });

  test('an admitted call adds one to the current window and nothing else', () => {
    const cell: RateCell = { windowStart: 1_000, current: 1, previous: 2 };
    expect(takeRate(cell, 3, 1_000, 1_999)).toBe(true);
    expect(cell).toEqual({ windowStart: 1_000, current: 2, previous: 2 });
  });
});

describe('the limits reported to the consumer', () => {
  test('remaining is the number of calls admitted at that time', () => {
    fc.assert(
      fc.property(usedCell, fc.integer({ min: 0, max: 700 }), ({ cell, limit, windowMs, now }, wait) => {
        const remaining = rateRemaining(cell, limit, windowMs, now + wait);
        let admitted = 0;
        while (takeRate(cell, limit, windowMs, now + wait)) admitted += 1;
        expect(remaining).toBe(admitted);
      }),
    );
  });

  test('remaining is zero, not negative, after the limit was lowered', () => {
    expect(rateRemaining({ windowStart: 0, current: 9, previous: 0 }, 4, 100, 50)).toBe(0);
  });

  test('with a limit of 6, remaining counts down from 5 to 0 and stays 0 after the refusal', () => {
    const cell = emptyRateCell();
    const results = Array.from({ length: 7 }, () => [takeRate(cell, 6, 60_000, 5), rateRemaining(cell, 6, 60_000, 5)]);
    expect(results).toEqual([
      [true, 5],
      [true, 4],
      [true, 3],
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
  });

  test('reset is the time until the aligned window ends: 1 ms at its last millisecond, a whole window at its first', () => {
    const cell = emptyRateCell();
    expect(rateResetMs(cell, 1_000, 4_999)).toBe(1);
    expect(rateResetMs(cell, 1_000, 5_000)).toBe(1_000);
  });

  test('a call is refused one millisecond before the retry time and admitted at it', () => {
    const lowered = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(usedCell, lowered, fc.integer({ min: 0, max: 700 }), ({ cell, windowMs, now: last }, limit, wait) => {
        const now = last + wait;
        const retry = rateRetryMs(cell, limit, windowMs, now);
        if (retry === 0) expect(takeRate(structuredClone(cell), limit, windowMs, now)).toBe(true);
        else expect(takeRate(structuredClone(cell), limit, windowMs, now + retry - 1)).toBe(false);
        expect(takeRate(structuredClone(cell), limit, windowMs, now + retry)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('shares that are not exact in binary are weighted exactly: 10 calls weigh 1 at nine tenths of the window', () => {
    const cell: RateCell = { windowStart: 1_000, current: 0, previous: 10 };
    expect(rateRemaining(cell, 10, 1_000, 1_900)).toBe(9);
    expect(rateRemaining(cell, 10, 1_000, 1_901)).toBe(10);
  });
});

describe('limits of zero and one', () => {
  test('a limit of zero admits nothing and has an infinite retry time', () => {
    expect(takeRate(emptyRateCell(), 0, 60_000, 1)).toBe(false);
    expect(rateRemaining(emptyRateCell(), 0, 60_000, 1)).toBe(0);
    expect(rateRetryMs(emptyRateCell(), 0, 60_000, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  test('a limit of one admits the first call, and the next one millisecond into the next window', () => {
    const cell = emptyRateCell();
    expect(takeRate(cell, 1, 1_000, 10)).toBe(true);
    expect(takeRate(cell, 1, 1_000, 999)).toBe(false);
    expect(takeRate(cell, 1, 1_000, 1_000)).toBe(false);
    expect(takeRate(cell, 1, 1_000, 1_001)).toBe(true);
  });
});

describe('the clock and the window', () => {
  test('a clock that steps back, even by many windows, does not admit more calls', () => {
    const steps = fc.array(fc.integer({ min: -2_000, max: 100 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), steps, (limit, steps) => {
        const cell = emptyRateCell();
        let now = 1_000_000;
        let latestWindow = 0;
        let admitted = 0;
        for (const step of steps) {
          now += step;
          const window = Math.floor(now / 100);
          if (window > latestWindow) {
            latestWindow = window;
            admitted = 0;
          }
          if (takeRate(cell, limit, 100, now)) admitted += 1;
          expect(admitted).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  test('after the clock stepped back, the previous window has its full weight, never more', () => {
    expect(rateRemaining({ windowStart: 1_000, current: 0, previous: 2 }, 5, 100, 500)).toBe(3);
  });

  test('an unused window has no weight', () => {
    const cell: RateCell = { windowStart: 0, current: 5, previous: 5 };
    expect(rateRemaining(cell, 5, 100, 200)).toBe(5);
  });

  test('a longer window counts the calls of the shorter one it contains, and ends where it is aligned', () => {
    const cell = emptyRateCell();
    for (let i = 0; i < 3; i++) takeRate(cell, 3, 10_000, 50_000);
    expect(takeRate(cell, 3, 60_000, 51_000)).toBe(false);
    expect(rateResetMs(cell, 60_000, 51_000)).toBe(9_000);
    expect(rateRetryMs(cell, 3, 60_000, 51_000)).toBe(9_001);
  });

  test('a shorter window starts empty at its next boundary', () => {
    const cell = emptyRateCell();
    for (let i = 0; i < 3; i++) takeRate(cell, 3, 60_000, 5_000);
    expect(takeRate(cell, 3, 10_000, 9_000)).toBe(false);
    expect(rateRemaining(cell, 3, 10_000, 30_000)).toBe(3);
  });

  test('the retry time is exact after any change of the window length', () => {
    fc.assert(
      fc.property(usedCell, windows, fc.integer({ min: 1, max: 40 }), ({ cell, now }, windowMs, limit) => {
        const retry = rateRetryMs(cell, limit, windowMs, now);
        expect(takeRate(structuredClone(cell), limit, windowMs, now + retry)).toBe(true);
        if (retry > 0) expect(takeRate(structuredClone(cell), limit, windowMs, now + retry - 1)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a returned call', () => {
  test('counts neither in its window nor in the next', () => {
    const cell = emptyRateCell();
    for (const at of [100, 101, 102]) takeRate(cell, 3, 100, at);
    returnRate(cell, 100, 102);
    expect(rateRemaining(cell, 3, 100, 150)).toBe(1);
    expect(rateRemaining(cell, 3, 100, 200)).toBe(1);
    returnRate(cell, 100, 101);
    expect(rateRemaining(cell, 3, 100, 200)).toBe(2);
  });

  test('from before the previous window changes nothing', () => {
    const cell = emptyRateCell();
    takeRate(cell, 3, 100, 100);
    takeRate(cell, 3, 100, 350);
    returnRate(cell, 100, 100);
    expect(rateRemaining(cell, 3, 100, 350)).toBe(2);
  });

  test('never raises the remaining calls above the limit', () => {
    const cell = emptyRateCell();
    takeRate(cell, 3, 100, 100);
    for (let i = 0; i < 3; i++) returnRate(cell, 100, 100);
    expect(rateRemaining(cell, 3, 100, 100)).toBe(3);
  });
});
