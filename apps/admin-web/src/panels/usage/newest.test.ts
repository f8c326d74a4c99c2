import { describe, expect, test } from 'vitest';
import { countFresh, freshWords, nextFrame } from './newest.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const frame = (of: string, ...ids: string[]) => ({ of, rows: rows(...ids) });

describe('a live list', () => {
  test('stands still while somebody is in it, and catches up when he leaves', () => {
    const [shown, latest] = [frame('all', 'a'), frame('all', 'b', 'a')];
    expect(nextFrame(shown, latest, true)).toBe(shown);
    expect(nextFrame(shown, latest, false)).toBe(latest);
  });

  test('shows what was read first, and another list at once, held or not', () => {
    expect(nextFrame(null, null, true)).toBeNull();
    expect(nextFrame(null, frame('all', 'a'), true)).toEqual(frame('all', 'a'));
    expect(nextFrame(frame('all', 'a'), frame('4xx'), true)).toEqual(frame('4xx'));
    expect(nextFrame(frame('all', 'a'), null, true)).toBeNull();
  });

  test('counts what is not on the screen, wherever it was put in', () => {
    expect(countFresh(rows('c', 'a'), rows('d', 'c', 'b', 'a'))).toBe(2);
    expect(countFresh([], rows('a'))).toBe(1);
    expect(countFresh(rows('a'), rows('a'))).toBe(0);
    expect(countFresh(rows('a'), [])).toBe(0);
  });

  test('says that there may be more when nothing of the old is left', () => {
    expect([freshWords(12, 50), freshWords(50, 50)]).toEqual(['12 new', '50+ new']);
  });
});
