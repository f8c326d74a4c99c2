import { expect, test } from 'vitest';
import { readTime } from './time.ts';

test.each([
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ['1969-12-31T23:00:00-01:00', '1970-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['9999-12-31T23:59:59-00:00', '9999-12-31T23:59:59.000Z'],
  ['2027-06-30t12:00:00+02:00', '2027-06-30T10:00:00.000Z'],
])('%s is parsed, and shown in UTC', (text, shown) => {
  expect(readTime('#/at', text).toISOString()).toBe(shown);
});

test.each([
  ['9999-12-31T23:59:59-01:00', 'from 1970 to 9999'],
  ['9999-12-31T23:00:00.000-01:00', 'from 1970 to 9999'],
  ['1969-12-31T23:59:59.999Z', 'from 1970 to 9999'],
  ['1970-01-01T00:00:00+00:01', 'from 1970 to 9999'],
  ['0000-01-01T00:00:00Z', 'from 1970 to 9999'],
  ['2027-06-30T23:59:60Z', 'a valid time'],
])('%s is refused with its pointer', (text, reason) => {
  expect(() => readTime('#/at', text)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', message: expect.stringContaining(reason) }),
  );
  expect(() => readTime('#/at', text)).toThrow('#/at');
});
