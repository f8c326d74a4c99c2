import { describe, expect, test } from 'vitest';
import { CODES, type Code } from './codes.ts';
import { ProblemError, problemBody } from './problem.ts';

describe('problemBody', () => {
  test('puts the same values in the fields of RFC 9457 and in the envelope', () => {
    const details = { policy: 'rate', limit: 60, retryAfter: 37 };
    expect(problemBody('RATE_LIMITED', { detail: 'Retry in 37 s.', details, retryAfterSeconds: 37 }, '/api/v1/actions', 'req_1')).toEqual({
      type: '/docs/errors/RATE_LIMITED',
      title: 'Rate limit exceeded',
      status: 429,
      detail: 'Retry in 37 s.',
      instance: '/api/v1/actions',
      code: 'RATE_LIMITED',
      success: false,
      data: null,
      error: { code: 'RATE_LIMITED', message: 'Rate limit exceeded', details },
      meta: { requestId: 'req_1' },
    });
  });

  test.each(Object.keys(CODES) as Code[])('%s without parts has the fix as its detail', (code) => {
    const body = problemBody(code, {}, '/', 'req_1');
    expect(body).toMatchObject({ type: `/docs/errors/${code}`, status: CODES[code].status, detail: CODES[code].fix, code });
    expect(body.error).toEqual({ code, message: CODES[code].title, details: {} });
    expect(body).not.toHaveProperty('errors');
  });

  test('puts field errors in `errors` and, for older clients, in `error.details`', () => {
    const errors = [{ pointer: '#/name', detail: 'is required' }];
    const body = problemBody('VALIDATION_FAILED', { errors }, '/', 'req_1');
    expect(body.errors).toEqual(errors);
    expect(body.error.details).toEqual({ errors });
  });

  test('leaves headers and the retry time out of the body', () => {
    const text = JSON.stringify(problemBody('UNAUTHORIZED', { headers: { 'x-test': 'field' }, retryAfterSeconds: 99 }, '/', 'req_1'));
    expect(text).not.toContain('field');
    expect(text).not.toContain('99');
  });
});

describe('ProblemError', () => {
  test('has its code, its parts and the statusCode that frameworks read', () => {
    const error = new ProblemError('NOT_FOUND', { detail: 'No key has this id.' });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'ProblemError', code: 'NOT_FOUND', statusCode: 404, message: 'No key has this id.' });
    expect(new ProblemError('NOT_FOUND')).toMatchObject({ message: 'Not found', parts: {} });
  });
});
