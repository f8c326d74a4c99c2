import { describe, expect, test } from 'vitest';
import { errorOf, mergeErrors, serverErrors, validate } from './payload-errors.ts';
import { formOf } from './schema-fields.ts';

const errorFor = (schema: object, value: unknown, required = true) =>
  validate(formOf({ properties: { it: schema }, required: required ? ['it'] : [] }), value === undefined ? {} : { it: value })[0]?.detail ??
  null;

describe('the validation of a payload', () => {
  test.each([
    [{ type: 'integer', minimum: 1, maximum: 3 }, [1, 3], [0, 4, 1.5, '1', null]],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, [0.01, 0.99], [0, 1]],
    [{ type: 'string', minLength: 1, maxLength: 2 }, ['a', 'ab', '🏭🏭'], ['', 'abc', 1]],
    [{ type: 'string', pattern: '^a' }, ['a'], ['b']],
    [{ type: 'string', pattern: '(' }, ['left to the server'], []],
    [{ type: 'boolean' }, [true, false], ['true', 0]],
    [{ type: 'object' }, [{}], [[], null, 'x']],
    [{ type: 'array' }, [[]], [{}, null]],
    [{ enum: ['a', 1, null] }, ['a', 1, null], ['b', '1']],
    [{}, [null, 'x', 1, {}], []],
  ])('applies %j', (schema, good, bad) => {
    expect(good.map((value) => errorFor(schema, value))).toEqual(good.map(() => null));
    for (const value of bad) expect(errorFor(schema, value)).toEqual(expect.any(String));
  });

  test('reports missing and empty values only for required properties', () => {
    expect(errorFor({ type: 'string' }, undefined)).toBe('Is required');
    expect(errorFor({ type: 'string' }, undefined, false)).toBeNull();
    expect(errorFor({ type: 'string', minLength: 1 }, '')).toBe('Is required');
    expect(errorFor({ type: 'string' }, '')).toBe('Is required');
    expect(errorFor({ type: 'string' }, ' ')).toBeNull();
    expect(errorFor({ type: 'string' }, '', false)).toBeNull();
    expect(errorFor({ type: 'string', minLength: 0 }, '')).toBeNull();
    expect(errorFor({ enum: ['', 'a'] }, '')).toBeNull();
  });

  test('ignores inherited properties', () => {
    expect(validate(formOf({ properties: { toString: { type: 'string' } } }), {})).toEqual([]);
  });
});

test('the pointers of server errors become pointers into the payload', () => {
  const errors = [
    { pointer: '#/payload/size', detail: 'must be >= 32' },
    { pointer: '#/payload', detail: 'is required' },
    { pointer: '#/action', detail: 'must be string' },
    { pointer: '#/payloads', detail: 'is not a known field' },
  ];
  expect(serverErrors(errors).map(({ pointer }) => pointer)).toEqual(['/size', '', '/action', '/payloads']);
  expect(serverErrors(errors)[0]?.detail).toBe('Must be >= 32');
});

test('the pointers of server errors are decoded as URI fragments', () => {
  const errors = serverErrors([{ pointer: '#/payload/a~1b%20%C3%BC', detail: 'is required' }]);
  expect(errorOf(errors, 'a/b ü')).toBe('Is required');
});

test('an error within a property is shown at that property, and not at one whose name is a prefix', () => {
  const errors = [
    { pointer: '/sizes', detail: 'other' },
    { pointer: '/size/0', detail: 'Must be a number' },
    { pointer: '/a~1b', detail: 'Is required' },
  ];
  expect(errorOf(errors, 'size')).toBe('/0: Must be a number');
  expect(errorOf(errors, 'a/b')).toBe('Is required');
  expect(errorOf(errors, 'siz')).toBeNull();
});

test('the browser’s error takes precedence over the server’s for the same pointer', () => {
  const browser = [{ pointer: '/a', detail: 'browser' }];
  const server = [
    { pointer: '/a', detail: 'server' },
    { pointer: '/b', detail: 'server' },
  ];
  expect(mergeErrors(browser, server).map(({ detail }) => detail)).toEqual(['browser', 'server']);
});
