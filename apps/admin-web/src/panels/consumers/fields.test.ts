import { ApiError } from '@api-factory/sdk-ts';
import { expect, test } from 'vitest';
import { fieldsOf, findingsOf } from './fields.ts';

const refusal = (errors: { pointer: string; detail: string }[]) =>
  new ApiError(
    { success: false, type: '/docs/errors/VALIDATION_FAILED', code: 'VALIDATION_FAILED', errors },
    new Response(null, { status: 400 }),
    'http://127.0.0.1/',
  );

test('spaces around a name go, and an empty email is none', () => {
  expect(fieldsOf(' Ada ', '  ')).toEqual({ name: 'Ada', email: null });
  expect(fieldsOf('Ada', ' ada@example.com')).toEqual({ name: 'Ada', email: 'ada@example.com' });
});

test('what is wrong with a field is shown at the field; all else is not', () => {
  expect(findingsOf(refusal([{ pointer: '#/email', detail: 'must be an email address' }]))).toEqual({ email: 'Must be an email address' });
  expect(findingsOf(refusal([{ pointer: '#/other', detail: 'is unknown' }]))).toEqual({});
  expect(findingsOf(refusal([]))).toEqual({});
  expect(findingsOf(new Error('no answer'))).toEqual({});
});
