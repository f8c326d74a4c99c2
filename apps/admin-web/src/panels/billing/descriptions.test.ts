import { describe, expect, test } from 'vitest';
import { describeDifference, describeFlag, describeResponse } from './descriptions.ts';

test.each([
  [200, 'good'],
  [299, 'good'],
  [300, 'bad'],
  [0, 'bad'],
  [400, 'bad'],
  [401, 'bad'],
  [404, 'bad'],
  [500, 'bad'],
] as const)('the response %i to a test event is %s', (status, tone) => {
  expect(describeResponse(status).tone).toBe(tone);
});

test('no response and a redirect have their own descriptions', () => {
  expect(describeResponse(0).title).toBe('No response');
  expect(describeResponse(307).title).toBe('Redirected');
});

test('an unknown kind of flag keeps its name', () => {
  expect(describeFlag('refund').title).toBe('Refund');
  expect(describeFlag('brand_new').title).toBe('brand new');
});

describe('the description of a difference', () => {
  test('names the field and both values', () => {
    expect(describeDifference({ object: 'sub_1', field: 'price_id', stored: null, found: 'price_2' })).toEqual({
      object: 'sub_1',
      field: 'price',
      stored: 'none',
      found: 'price_2',
    });
    expect(describeDifference({ object: 'dp_1', field: 'hold', stored: false, found: true })).toMatchObject({ stored: 'no', found: 'yes' });
    expect(describeDifference({ object: 'sub_1', field: 'new_field', stored: 0, found: { a: 1 } })).toEqual({
      object: 'sub_1',
      field: 'new field',
      stored: '0',
      found: '{"a":1}',
    });
  });

  test('is null for an unknown shape, which is shown as JSON', () => {
    expect(describeDifference({})).toBeNull();
    expect(describeDifference({ object: 'sub_1' })).toBeNull();
  });
});
