import { expect, test } from 'vitest';
import { keyChoices } from './key-choices.ts';

const found = [
  { id: 'key_aaaa', name: 'same', last4: '1111' },
  { id: 'key_bbbb', name: 'same', last4: '2222' },
];
const nothing = { value: '', name: undefined, typed: '' };

test('keys of the same name can be told apart', () => {
  expect(keyChoices(found, nothing).map(({ label }) => label)).toEqual(['same · …1111', 'same · …2222']);
});

test('a pasted id can be chosen although no search finds it', () => {
  expect(keyChoices([], { ...nothing, typed: 'key_0123456789' })).toEqual([{ value: 'key_0123456789', label: 'key_0123456789' }]);
  expect(keyChoices([], { ...nothing, typed: 'af_live_01234567' })).toEqual([]);
});

test('what is chosen stays among the choices, once', () => {
  expect(keyChoices(found, { value: 'key_aaaa', name: 'same', typed: '' })).toHaveLength(2);
  expect(keyChoices(found, { value: 'key_gone', name: undefined, typed: '' })).toContainEqual({ value: 'key_gone', label: 'key_gone' });
});
