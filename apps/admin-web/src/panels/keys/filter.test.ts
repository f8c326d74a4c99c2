import { describe, expect, it } from 'vitest';
import { isFiltered, keyQuery, NO_FILTER } from './filter.ts';

describe('the filters of the key list', () => {
  it('are omitted when not set', () => {
    expect(keyQuery(NO_FILTER)).toEqual({});
    expect(isFiltered(NO_FILTER)).toBe(false);
  });

  it('are all sent to the API, with the search trimmed', () => {
    const filters = { search: ' ada ', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' };
    expect(keyQuery(filters)).toEqual({ search: 'ada', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' });
    expect(isFiltered(filters)).toBe(true);
  });

  it.each(['status', 'access'] as const)('ignore an unknown %s, which the API would reject', (name) => {
    expect(keyQuery({ ...NO_FILTER, [name]: 'nonsense' })).toEqual({});
    expect(keyQuery({ ...NO_FILTER, [name]: 'Suspended' })).toEqual({});
  });

  it('ignore a search of only spaces', () => {
    expect(isFiltered({ ...NO_FILTER, search: '   ' })).toBe(false);
  });
});
