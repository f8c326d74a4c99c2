import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { CLOSED, Name, nullable, stringEnum } from './fields.ts';
import { compileValidator } from './validate.ts';

type Part = 'body' | 'querystring';
const check = (part: Part, fields: Parameters<typeof Type.Object>[0], value: unknown) => {
  const validate = compileValidator({ schema: Type.Object(fields, CLOSED), httpPart: part, method: 'POST', url: '/' });
  const result = validate(value) as { value?: unknown; error?: { instancePath: string; message: string }[] };
  return result.error ? result.error.map(({ instancePath, message }) => `${instancePath} ${message}`) : result.value;
};

describe('a query', () => {
  const limit = { limit: Type.Optional(Type.Integer({ minimum: 0 })), text: Type.Optional(Type.String()) };

  test('has its integers parsed and its strings unchanged', () => {
    expect(check('querystring', limit, { limit: '50', text: '50' })).toEqual({ limit: 50, text: '50' });
  });

  test.each(['', ' 5', '5 ', '1.0', '1e2', '0x1', 'true', 'NaN', '9'.repeat(16)])('does not parse %j as a number', (text) => {
    expect(check('querystring', limit, { limit: text })).toEqual(['/limit must be integer']);
  });

  test('without a prototype, as from the parser, is parsed too', () => {
    expect(check('querystring', limit, Object.assign(Object.create(null), { limit: '7' }))).toEqual({ limit: 7 });
  });
});

describe('a body', () => {
  test('is not coerced: "5" is not a number, 5 is not a string', () => {
    expect(check('body', { n: Type.Integer() }, { n: '5' })).toEqual(['/n must be integer']);
    expect(check('body', { t: Type.String() }, { t: 5 })).toEqual(['/t must be string']);
  });

  test.each([undefined, null])('that is %s counts as an empty object', (body) => {
    expect(check('body', { n: Type.Optional(Type.Integer()) }, body)).toEqual({});
  });

  test('gets one readable error for the invalid field', () => {
    expect(check('body', { name: Name }, { name: ' a' })).toEqual([
      '/name must be 1 to 200 characters without control characters, not beginning with a space',
    ]);
    expect(check('body', { a: stringEnum(['x', 'y']), b: Type.Integer() }, { a: 'z', b: 'z' })).toHaveLength(1);
    expect(check('body', { a: Type.Union([Type.Integer(), Type.Boolean()]) }, { a: 'z' })).toEqual(['/a must match a schema in anyOf']);
  });
});

test('nullable accepts null and valid values of the field, and nothing else', () => {
  const fields = { n: nullable(Type.Integer({ maximum: 3 })) };
  expect(check('body', fields, { n: null })).toEqual({ n: null });
  expect(check('body', fields, { n: 3 })).toEqual({ n: 3 });
  expect(check('body', fields, { n: 4 })).toEqual(['/n must be <= 3']);
  expect(check('body', fields, {})).toHaveLength(1);
});
