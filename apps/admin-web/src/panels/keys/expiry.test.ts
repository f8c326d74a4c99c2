import { describe, expect, it } from 'vitest';
import { expiryOf, faultOfExpiry } from './expiry.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');

describe('the expiry of a key', () => {
  it('follows from the chosen life', () => {
    expect(expiryOf('never', NOW)).toBeNull();
    expect(expiryOf('7d', NOW)).toBe('2026-12-02T12:00:00.000Z');
    expect(expiryOf('at', NOW)).toBe('');
  });

  it.each([
    ['never is fine', null, null],
    ['nothing typed in yet', '', 'Choose a day and a time'],
    ['no time', 'soon', 'Choose a day and a time'],
    ['this very millisecond is past', '2026-11-25T12:00:00.000Z', 'Choose a time in the future'],
    ['the next one is not', '2026-11-25T12:00:00.001Z', null],
  ])('is checked: %s', (_, expiresAt, fault) => {
    expect(faultOfExpiry(expiresAt, NOW)).toBe(fault);
  });
});
