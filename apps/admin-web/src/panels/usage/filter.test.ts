import { describe, expect, test } from 'vitest';
import { apiNameError, EVERYTHING, eventQuery, isNarrowed, matchesStatus, NO_FILTER, statusError } from './filter.ts';

const NOW = new Date('2026-11-25T12:00:30Z');

describe('the event filter', () => {
  test('sends only the parameters that are set', () => {
    expect(eventQuery(EVERYTHING, NOW)).toEqual({});
    expect(eventQuery({ ...EVERYTHING, key: 'key_1', api: 'hello', status: '4xx' }, NOW)).toEqual({
      keyId: 'key_1',
      api: 'hello',
      status: '4xx',
    });
  });

  test('moves a range up to now with the clock', () => {
    expect(eventQuery(NO_FILTER, NOW)).toEqual({ from: '2026-11-24T12:01:00.000Z' });
    expect(eventQuery(NO_FILTER, new Date('2026-11-25T12:01:30Z'))).toEqual({ from: '2026-11-24T12:02:00.000Z' });
  });

  test('is not narrowed by time alone', () => {
    expect([isNarrowed(NO_FILTER), isNarrowed(EVERYTHING), isNarrowed({ ...NO_FILTER, status: '5xx' })]).toEqual([false, false, true]);
  });

  test('accepts the statuses and status classes that the API accepts', () => {
    for (const text of ['100', '429', '599', '4xx']) expect(statusError(text)).toBeNull();
    for (const text of ['4', '42', '600', '099', '4XX', 'xx', '4290']) expect(statusError(text)).not.toBeNull();
    expect([399, 400, 499, 500].map((status) => matchesStatus(status, '4xx'))).toEqual([false, true, true, false]);
    expect([429, 428].map((status) => matchesStatus(status, '429'))).toEqual([true, false]);
    expect(matchesStatus(200, '')).toBe(true);
  });

  test('accepts the API names that the API accepts', () => {
    for (const text of ['a', '1-b', 'a'.repeat(63)]) expect(apiNameError(text)).toBeNull();
    for (const text of ['', '-a', 'A', 'a b', 'a'.repeat(64)]) expect(apiNameError(text)).not.toBeNull();
  });
});
