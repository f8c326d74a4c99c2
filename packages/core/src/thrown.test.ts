import { describe, expect, test } from 'vitest';
import { CODES } from './codes.ts';
import { ProblemError } from './problem.ts';
import { toProblem, validationProblem } from './thrown.ts';

describe('toProblem', () => {
  test('returns the code and the parts of a refusal', () => {
    const parts = { detail: 'Retry in 3 s.', retryAfterSeconds: 3, details: { limit: 60 } };
    expect(toProblem(new ProblemError('RATE_LIMITED', parts))).toEqual({ code: 'RATE_LIMITED', parts });
  });

  test.each([
    ['FST_ERR_CTP_INVALID_JSON_BODY', 400, 'MALFORMED_JSON'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 400, 'MALFORMED_JSON'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'PAYLOAD_TOO_LARGE'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'BAD_REQUEST'],
    ['FST_ERR_BAD_URL', 400, 'BAD_REQUEST'],
    ['FST_ERR_MAX_PARAM_LENGTH', 414, 'URI_TOO_LONG'],
  ] as const)('maps %s with status %i to %s, which has the same status', (code, statusCode, expected) => {
    expect(toProblem(Object.assign(new Error('framework'), { code, statusCode }))).toEqual({ code: expected, parts: {} });
    expect(CODES[expected].status).toBe(statusCode);
  });

  test.each([400, 404, 405, 408, 413, 414, 415, 429, 431])('keeps a thrown status of %i', (statusCode) => {
    const { code, parts } = toProblem({ statusCode, message: 'secret' });
    expect(CODES[code].status).toBe(statusCode);
    expect(parts).toEqual({});
  });

  test.each([402, 418, 451, 499])('maps a thrown %i, which has no code, to BAD_REQUEST', (statusCode) => {
    expect(toProblem({ statusCode }).code).toBe('BAD_REQUEST');
  });

  test.each([
    ['an error', new Error('password=hunter2')],
    ['an error with a status of 500', Object.assign(new Error('x'), { statusCode: 500 })],
    ['a status below 400', { statusCode: 399 }],
    ['a status of 200', { statusCode: 200 }],
    ['a status of 600', { statusCode: 600 }],
    ['a status that is text', { statusCode: '404' }],
    ['a database error', Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(a@b.c)' })],
    ['an inherited property name as code', { code: 'constructor' }],
    ['text', 'boom'],
    ['a number', 404],
    ['null', null],
    ['undefined', undefined],
  ])('maps %s to INTERNAL_ERROR and reveals nothing of it', (_, thrown) => {
    expect(toProblem(thrown)).toEqual({ code: 'INTERNAL_ERROR', parts: {} });
  });

  test('maps validation errors to VALIDATION_FAILED, whatever their status', () => {
    const validation = [{ instancePath: '/name', message: 'must be string' }];
    expect(toProblem({ statusCode: 500, validation }).code).toBe('VALIDATION_FAILED');
  });
});

describe('validationProblem', () => {
  const only = (finding: Parameters<typeof validationProblem>[0][number], context = 'body') =>
    validationProblem([finding], context).parts.errors?.[0];

  test('points to a wrong value by its path', () => {
    expect(only({ instancePath: '/rate/limit', message: 'must be >= 0' })).toEqual({ pointer: '#/rate/limit', detail: 'must be >= 0' });
  });

  test('points to where a missing field should be, as reported by ajv and by typebox', () => {
    const missing = { pointer: '#/rate/limit', detail: 'is required' };
    expect(only({ instancePath: '/rate', params: { missingProperty: 'limit' } })).toEqual(missing);
    expect(only({ instancePath: '/rate', params: { requiredProperties: ['limit'] } })).toEqual(missing);
  });

  test('points to an unknown field', () => {
    const unknown = { pointer: '#/nmae', detail: 'is not a known field' };
    expect(only({ instancePath: '', params: { additionalProperty: 'nmae' } })).toEqual(unknown);
    expect(only({ instancePath: '', params: { additionalProperties: ['nmae'] } })).toEqual(unknown);
  });

  test('lists the values of an enum', () => {
    const finding = {
      instancePath: '/period',
      message: 'must be equal to one of the allowed values',
      params: { allowedValues: ['month', 'day'] },
    };
    expect(only(finding)?.detail).toBe('must be equal to one of the allowed values: month, day');
  });

  test('has a detail even without a message', () => {
    expect(only({ instancePath: '/name' })).toEqual({ pointer: '#/name', detail: 'is not valid' });
  });

  test('escapes names once (RFC 6901): slash, tilde and what a fragment can’t contain', () => {
    expect(only({ instancePath: '/a~1b/c d', message: 'must be string' })?.pointer).toBe('#/a~1b/c%20d');
    expect(only({ instancePath: '', params: { additionalProperty: 'a/b' } })?.pointer).toBe('#/a~1b');
    expect(only({ instancePath: '/x', params: { additionalProperties: ['~ü#'] } })?.pointer).toBe('#/x/~0%C3%BC%23');
    expect(only({ instancePath: '/x~1', params: { missingProperty: '%' } })?.pointer).toBe('#/x~1/%25');
  });

  test.each([
    ['querystring', '#/query/limit'],
    ['params', '#/params/limit'],
    ['headers', '#/headers/limit'],
  ])('points into %s', (context, pointer) => {
    expect(only({ instancePath: '/limit', message: 'must be integer' }, context)?.pointer).toBe(pointer);
  });

  test('lists every error and has the first as its detail', () => {
    const { code, parts } = validationProblem(
      [
        { instancePath: '/a', message: 'must be string' },
        { instancePath: '/b', message: 'must be string' },
      ],
      'body',
    );
    expect(code).toBe('VALIDATION_FAILED');
    expect(parts.errors).toHaveLength(2);
    expect(parts.detail).toBe('#/a must be string');
  });

  test('has no detail without validation errors', () => {
    expect(validationProblem([], 'body')).toEqual({ code: 'VALIDATION_FAILED', parts: { errors: [] } });
  });
});
