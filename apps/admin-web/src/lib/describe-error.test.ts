import { ApiError } from '@api-factory/sdk-ts';
import { describe, expect, it } from 'vitest';
import { bodyField, fieldFindings } from './describe-error.ts';

const apiError = (code: string, errors: { pointer: string; detail: string }[]) =>
  new ApiError({ success: false, type: `/docs/errors/${code}`, code, errors }, new Response(null, { status: 400 }), 'http://127.0.0.1/');
const fieldOf = bodyField(['name', 'email']);

describe('the errors of a form’s fields', () => {
  it('are capitalized, and only the first error of each field is kept', () => {
    const error = apiError('VALIDATION_FAILED', [
      { pointer: '#/email', detail: 'must be an email address' },
      { pointer: '#/email', detail: 'must be shorter' },
    ]);
    expect(fieldFindings(error, fieldOf)).toEqual({ email: 'Must be an email address' });
  });

  it.each([
    ['nothing', null],
    ['a validation error without fields', apiError('VALIDATION_FAILED', [])],
    ['a validation error of an unknown field', apiError('VALIDATION_FAILED', [{ pointer: '#/other', detail: 'is unknown' }])],
    [
      'a validation error of a field whose name only starts like one',
      apiError('VALIDATION_FAILED', [{ pointer: '#/names', detail: 'is unknown' }]),
    ],
    ['another error code', apiError('CONFLICT', [{ pointer: '#/name', detail: 'is taken' }])],
    ['a network error', new Error('no answer')],
  ])('are empty for %s', (_, error) => {
    expect(fieldFindings(error, fieldOf)).toEqual({});
  });
});
