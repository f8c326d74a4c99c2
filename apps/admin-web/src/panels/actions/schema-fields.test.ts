import { describe, expect, test } from 'vitest';
import { formOf, valueLabel } from './schema-fields.ts';

const QR = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 2_000 },
    size: { type: 'integer', minimum: 32, maximum: 2_048, description: 'Width and height in pixels' },
    errorCorrection: { anyOf: ['L', 'M'].map((value) => ({ type: 'string', const: value })) },
  },
};
const kindOf = (schema: object) => formOf({ properties: { it: schema } }).fields[0]?.kind;

describe('the form for a schema', () => {
  test('has a field for each property, in order, with its hint', () => {
    const { fields, allowsUnknown } = formOf(QR);
    expect(allowsUnknown).toBe(false);
    expect(fields.map(({ name, kind, required, hint }) => ({ name, kind, required, hint }))).toEqual([
      { name: 'text', kind: 'text', required: true, hint: '1 to 2,000 characters' },
      { name: 'size', kind: 'integer', required: false, hint: 'Width and height in pixels, 32 to 2,048' },
      { name: 'errorCorrection', kind: 'choice', required: false, hint: '' },
    ]);
    expect(fields[2]?.choices).toEqual(['L', 'M']);
  });

  test('has no fields and allows anything without properties', () => {
    expect(formOf({ type: 'object', patternProperties: { '^.*$': {} } })).toEqual({ fields: [], allowsUnknown: true });
    expect(formOf({})).toEqual({ fields: [], allowsUnknown: true });
  });

  test.each([
    [{ type: 'string' }, 'line'],
    [{ type: 'string', maxLength: 200 }, 'line'],
    [{ type: 'string', maxLength: 201 }, 'text'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'object', properties: {} }, 'json'],
    [{ type: 'array' }, 'json'],
    [{ type: ['string', 'null'] }, 'json'],
    [{}, 'json'],
    [{ enum: ['a', 1] }, 'choice'],
    [{ const: 'a' }, 'choice'],
    [{ oneOf: [{ const: 1 }, { enum: [2, 3] }] }, 'choice'],
    [{ anyOf: [{ const: 1 }, { type: 'string' }] }, 'json'],
    [{ anyOf: [] }, 'json'],
  ])('shows %j as a field of kind %s', (schema, kind) => {
    expect(kindOf(schema)).toBe(kind);
  });

  test('tolerates a schema that is not an object', () => {
    expect(kindOf(true as unknown as object)).toBe('json');
    expect(formOf({ properties: [], required: 'all' })).toEqual({ fields: [], allowsUnknown: true });
  });

  test('has hints with single bounds, fractions and defaults', () => {
    const hints = formOf({ properties: { a: { minimum: 0.5, default: 1 }, b: { maxLength: 9 } } }).fields.map(({ hint }) => hint);
    expect(hints).toEqual(['At least 0.5, default 1', 'At most 9 characters']);
  });
});

test('invisible values are labelled with their JSON', () => {
  expect([',', '\t', '', ' ', 1, null].map(valueLabel)).toEqual([',', '"\\t"', '""', '" "', '1', 'null']);
});
