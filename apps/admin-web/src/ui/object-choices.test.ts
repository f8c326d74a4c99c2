import { expect, test } from 'vitest';
import { objectChoices } from './object-choices.ts';

const found = [
  { id: 'key_aaaa', name: 'same', hint: '…1111' },
  { id: 'key_bbbb', name: 'same', hint: '…2222' },
];
const nothingSelected = { value: '', name: undefined, typed: '' };

test('keys with the same name are labelled with a hint, and an object without a hint by its name only', () => {
  expect(objectChoices('key', found, nothingSelected).map(({ label }) => label)).toEqual(['same · …1111', 'same · …2222']);
  expect(objectChoices('consumer', [{ id: 'consumer_1', name: 'Ada', hint: null }], nothingSelected)).toEqual([
    { value: 'consumer_1', label: 'Ada' },
  ]);
});

test('a pasted ID can be selected although the search does not find it', () => {
  const [id, other] = ['key_0123456789', 'consumer_0123456789'];
  expect(objectChoices('key', [], { ...nothingSelected, typed: id })).toEqual([{ value: id, label: id }]);
  expect(objectChoices('consumer', [], { ...nothingSelected, typed: other })).toEqual([{ value: other, label: other }]);
  expect(objectChoices('key', [], { ...nothingSelected, typed: other })).toEqual([]);
  expect(objectChoices('key', [], { ...nothingSelected, typed: 'af_live_01234567' })).toEqual([]);
});

test('the selection is always among the options exactly once', () => {
  expect(objectChoices('key', found, { value: 'key_aaaa', name: 'same', typed: '' })).toHaveLength(2);
  expect(objectChoices('key', found, { value: 'key_gone', name: undefined, typed: '' })).toContainEqual({
    value: 'key_gone',
    label: 'key_gone',
  });
});
