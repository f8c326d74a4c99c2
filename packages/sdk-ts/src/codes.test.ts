import { expect, test } from 'vitest';
import { CODES } from '../../core/src/index.ts';
import { ERROR_CODES } from './codes.ts';

test('the SDK knows every code of the product, and no other', () => {
  expect([...ERROR_CODES].sort()).toEqual(Object.keys(CODES).sort());
});
