import { expect, test } from 'vitest';
import { objectChoices } from './object-choices.ts';

const found = [
  { id: 'key_aaaa', name: 'same', mark: '…1111' },
  { id: 'key_bbbb', name: 'same', mark: '…2222' },
];
const nothing = { value: '', name: undefined, typed: '' };

test('keys of the same name can be told apart; what has no mark is shown by its name alone', () => {
  expect(objectChoices('key', found, nothing).map(({ label }) => label)).toEqual(['same · …1111', 'same · …2222']);
  expect(objectChoices('consumer', [{ id: 'consumer_1', name: 'Ada', mark: null }], nothing)).toEqual([
    { value: 'consumer_1', label: 'Ada' },
  ]);
});

test('a pasted id can be chosen although no search finds it', () => {
  const [id, other] = ['key_0123456789', 'consumer_0123456789'];
  expect(objectChoices('key', [], { ...nothing, typed: id })).toEqual([{ value: id, label: id }]);
  expect(objectChoices('consumer', [], { ...nothing, typed: other })).toEqual([{ value: other, label: other }]);
  expect(objectChoices('key', [], { ...nothing, typed: other })).toEqual([]);
  expect(objectChoices('key', [], { ...nothing, typed: 'af_live_01234567' })).toEqual([]);
});

test('what is chosen stays among the choices, once', () => {
  expect(objectChoices('key', found, { value: 'key_aaaa', name: 'same', typed: '' })).toHaveLength(2);
  expect(objectChoices('key', found, { value: 'key_gone', name: undefined, typed: '' })).toContainEqual({
    value: 'key_gone',
    label: 'key_gone',
  });
});
