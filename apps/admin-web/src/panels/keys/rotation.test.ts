import { describe, expect, it } from 'vitest';
import { endOfOld } from './rotation.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');

describe('the old key after a rotation', () => {
  it('ends at once without an overlap', () => {
    expect(endOfOld(null, 0, NOW)).toBeNull();
  });

  it('ends with the overlap', () => {
    expect(endOfOld(null, 3_600, NOW)).toBe('2026-11-25T13:00:00.000Z');
  });

  it.each([
    ['2026-11-25T12:59:59.999Z', '2026-11-25T12:59:59.999Z'],
    ['2026-11-25T13:00:00.001Z', '2026-11-25T13:00:00.000Z'],
  ])('never lives longer than it would have: until %s', (expiresAt, end) => {
    expect(endOfOld(expiresAt, 3_600, NOW)).toBe(end);
  });
});
