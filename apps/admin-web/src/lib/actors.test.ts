import { expect, test } from 'vitest';
import { actorLabel, signedInText } from './actors.ts';

test('actors that are no key have a word, also one called as something built in', () => {
  expect([actorLabel('system'), actorLabel('env'), actorLabel('constructor')]).toEqual(['API-Factory', 'Environment key', 'constructor']);
});

test('an operator key is told by its last 4 characters, one without an id of its own is left as it is', () => {
  expect([actorLabel('operator_bZVx1Y2z'), actorLabel('operator_1Y2z'), actorLabel('operator_123')]).toEqual([
    'Operator …1Y2z',
    'Operator …1Y2z',
    'operator_123',
  ]);
});

test('the actor of this session is you, whichever key it came with', () => {
  expect([actorLabel('operator_bZVx1Y2z', 'operator_bZVx1Y2z'), actorLabel('env', 'env')]).toEqual(['You', 'You']);
  expect(actorLabel('system', 'env')).toBe('API-Factory');
});

test('the account menu says with which key one signed in', () => {
  expect([signedInText('env'), signedInText('operator_bZVx1Y2z')]).toEqual([
    'Signed in with the environment key',
    'Signed in with the operator key …1Y2z',
  ]);
});
