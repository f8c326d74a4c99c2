import { describe, expect, test } from 'vitest';
import { countUnseen, newEventsText, nextLiveRows } from './use-events.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const liveRows = (filterKey: string, ...ids: string[]) => ({ filterKey, rows: rows(...ids) });

describe('a live list', () => {
  test('does not change while it is paused, and catches up afterwards', () => {
    const [shown, latest] = [liveRows('all', 'a'), liveRows('all', 'b', 'a')];
    expect(nextLiveRows(shown, latest, true)).toBe(shown);
    expect(nextLiveRows(shown, latest, false)).toBe(latest);
  });

  test('shows its first rows, and those of another filter, immediately, even while paused', () => {
    expect(nextLiveRows(null, null, true)).toBeNull();
    expect(nextLiveRows(null, liveRows('all', 'a'), true)).toEqual(liveRows('all', 'a'));
    expect(nextLiveRows(liveRows('all', 'a'), liveRows('4xx'), true)).toEqual(liveRows('4xx'));
    expect(nextLiveRows(liveRows('all', 'a'), null, true)).toBeNull();
  });

  test('counts the rows that are not shown yet, wherever they were inserted', () => {
    expect(countUnseen(rows('c', 'a'), rows('d', 'c', 'b', 'a'))).toBe(2);
    expect(countUnseen([], rows('a'))).toBe(1);
    expect(countUnseen(rows('a'), rows('a'))).toBe(0);
    expect(countUnseen(rows('a'), [])).toBe(0);
  });

  test('says that there may be more when every row is new', () => {
    expect([newEventsText(12, 50), newEventsText(50, 50)]).toEqual(['12 new', '50+ new']);
  });
});
