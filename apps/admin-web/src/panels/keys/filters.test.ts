import { describe, expect, it } from 'vitest';
import { isNarrowed, keyQuery, NO_FILTERS } from './filters.ts';

describe('the filters of the list of keys', () => {
  it('ask for every key when there are none', () => {
    expect(keyQuery(NO_FILTERS)).toEqual({});
    expect(isNarrowed(NO_FILTERS)).toBe(false);
  });

  it('all go to the API', () => {
    const filters = { search: ' ada ', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' };
    expect(keyQuery(filters)).toEqual({ search: 'ada', status: 'suspended', access: 'grace', plan: 'team', consumer: 'consumer_1' });
    expect(isNarrowed(filters)).toBe(true);
  });

  it.each(['status', 'access'] as const)('leave out a %s that there is not, which the API would refuse', (name) => {
    expect(keyQuery({ ...NO_FILTERS, [name]: 'nonsense' })).toEqual({});
    expect(keyQuery({ ...NO_FILTERS, [name]: 'Suspended' })).toEqual({});
  });

  it('take a search of spaces for none', () => {
    expect(isNarrowed({ ...NO_FILTERS, search: '   ' })).toBe(false);
  });
});
