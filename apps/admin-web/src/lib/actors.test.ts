import { expect, test } from 'vitest';
import { actorLabel, signedInText } from './actors.ts';

test('an actor other than an operator key has its own label, and an unknown actor is shown unchanged', () => {
  expect([actorLabel('system'), actorLabel('env'), actorLabel('constructor')]).toEqual(['API-Factory', 'Environment key', 'constructor']);
});

test('an operator key is named by its last 4 characters, and a malformed ID is shown unchanged', () => {
  expect([actorLabel('operator_bZVx1Y2z'), actorLabel('operator_1Y2z'), actorLabel('operator_123')]).toEqual([
    'Operator …1Y2z',
    'Operator …1Y2z',
    'operator_123',
  ]);
});

test('the actor of this session is “You”, whichever key it signed in with', () => {
  expect([actorLabel('operator_bZVx1Y2z', 'operator_bZVx1Y2z'), actorLabel('env', 'env')]).toEqual(['You', 'You']);
  expect(actorLabel('system', 'env')).toBe('API-Factory');
});

test('the account menu names the key that the session was signed in with', () => {
  expect([signedInText('env'), signedInText('operator_bZVx1Y2z')]).toEqual([
    'Signed in with the environment key',
    'Signed in with the operator key …1Y2z',
  ]);
});
