import { expect, test } from 'vitest';
import { actorWord } from './actors.ts';

test('actors that are no key have a word, also one called as something built in', () => {
  expect([actorWord('system'), actorWord('operator_1'), actorWord('constructor')]).toEqual(['API-Factory', 'operator_1', 'constructor']);
});
