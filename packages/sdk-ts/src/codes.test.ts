import { expect, test } from 'vitest';
import { CODES } from '../../core/src/index.ts';
import { ERROR_CODES } from './codes.ts';

test('the SDK lists exactly the error codes of the product', () => {
  expect([...ERROR_CODES].sort()).toEqual(Object.keys(CODES).sort());
});
