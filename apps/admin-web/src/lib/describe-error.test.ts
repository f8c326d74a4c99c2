import { ApiError } from '@api-factory/sdk-ts';
import { describe, expect, it } from 'vitest';
import { bodyField, fieldFindings } from './describe-error.ts';

const refusal = (code: string, errors: { pointer: string; detail: string }[]) =>
  new ApiError({ success: false, type: `/docs/errors/${code}`, code, errors }, new Response(null, { status: 400 }), 'http://127.0.0.1/');
const fieldOf = bodyField(['name', 'email']);

describe('what is wrong with the fields of a form', () => {
  it('is said in sentences, the first of a field', () => {
    const error = refusal('VALIDATION_FAILED', [
      { pointer: '#/email', detail: 'must be an email address' },
      { pointer: '#/email', detail: 'must be shorter' },
    ]);
    expect(fieldFindings(error, fieldOf)).toEqual({ email: 'Must be an email address' });
  });

  it.each([
    ['nothing', null],
    ['a refusal that names no field', refusal('VALIDATION_FAILED', [])],
    ['a refusal of something that has no field', refusal('VALIDATION_FAILED', [{ pointer: '#/other', detail: 'is unknown' }])],
    ['a refusal of something within a field’s namesake', refusal('VALIDATION_FAILED', [{ pointer: '#/names', detail: 'is unknown' }])],
    ['another refusal', refusal('CONFLICT', [{ pointer: '#/name', detail: 'is taken' }])],
    ['no answer', new Error('no answer')],
  ])('is nothing for %s', (_, error) => {
    expect(fieldFindings(error, fieldOf)).toEqual({});
  });
});
