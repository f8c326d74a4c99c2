import { describe, expect, it } from 'vitest';
import { isNarrowed, keyQuery, NO_FILTER } from './filter.ts';

describe('the filters of the list of keys', () => {
  it('ask for every key when there are none', () => {
    expect(keyQuery(NO_FILTER)).toEqual({});
    expect(isNarrowed(NO_FILTER)).toBe(false);
  });

  it('all go to the API', () => {
    const filters = { search: ' ada ', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' };
    expect(keyQuery(filters)).toEqual({ search: 'ada', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' });
    expect(isNarrowed(filters)).toBe(true);
  });

  it.each(['status', 'access'] as const)('leave out a %s that there is not, which the API would refuse', (name) => {
    expect(keyQuery({ ...NO_FILTER, [name]: 'nonsense' })).toEqual({});
    expect(keyQuery({ ...NO_FILTER, [name]: 'Suspended' })).toEqual({});
  });

  it('take a search of spaces for none', () => {
    expect(isNarrowed({ ...NO_FILTER, search: '   ' })).toBe(false);
  });
});
