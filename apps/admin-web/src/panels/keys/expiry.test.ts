import { describe, expect, it } from 'vitest';
import { endOfOldKey, expiryError, expiryOf } from './expiry.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');

describe('the expiry of a key', () => {
  it('is computed from the choice', () => {
    expect(expiryOf('never', NOW)).toBeNull();
    expect(expiryOf('7d', NOW)).toBe('2026-12-02T12:00:00.000Z');
    expect(expiryOf('custom', NOW)).toBe('');
  });

  it.each([
    ['can be never', null, null],
    ['is required for a custom date', '', 'Choose a date and time'],
    ['must be a valid time', 'soon', 'Choose a date and time'],
    ['can’t be the current millisecond', '2026-11-25T12:00:00.000Z', 'Choose a time in the future'],
    ['can be the next millisecond', '2026-11-25T12:00:00.001Z', null],
  ])('%s', (_, expiresAt, error) => {
    expect(expiryError(expiresAt, NOW)).toBe(error);
  });
});

describe('the old key after a rotation', () => {
  it('stops working immediately without an overlap', () => {
    expect(endOfOldKey(null, 0, NOW)).toBeNull();
  });

  it('stops working at the end of the overlap', () => {
    expect(endOfOldKey(null, 3_600, NOW)).toBe('2026-11-25T13:00:00.000Z');
  });

  it.each([
    ['2026-11-25T12:59:59.999Z', '2026-11-25T12:59:59.999Z'],
    ['2026-11-25T13:00:00.001Z', '2026-11-25T13:00:00.000Z'],
  ])('stops working at its expiry or the end of the overlap, whichever is first: expiry %s, end %s', (expiresAt, end) => {
    expect(endOfOldKey(expiresAt, 3_600, NOW)).toBe(end);
  });
});
