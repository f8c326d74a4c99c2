import { describe, expect, test } from 'vitest';
import { formOf, labelOf } from './schema-fields.ts';

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

describe('formOf', () => {
  test('a field for each property, in the schema’s order, with what it may be', () => {
    const { fields, open } = formOf(QR);
    expect(open).toBe(false);
    expect(fields.map(({ name, kind, required, hint }) => ({ name, kind, required, hint }))).toEqual([
      { name: 'text', kind: 'text', required: true, hint: '1 to 2,000 characters' },
      { name: 'size', kind: 'integer', required: false, hint: 'Width and height in pixels, 32 to 2,048' },
      { name: 'errorCorrection', kind: 'choice', required: false, hint: '' },
    ]);
    expect(fields[2]?.choices).toEqual(['L', 'M']);
  });

  test('an object without properties has no fields and takes anything', () => {
    expect(formOf({ type: 'object', patternProperties: { '^.*$': {} } })).toEqual({ fields: [], open: true });
    expect(formOf({})).toEqual({ fields: [], open: true });
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
  ])('%j is asked for as %s', (schema, kind) => {
    expect(kindOf(schema)).toBe(kind);
  });

  test('a schema that is no object does no harm', () => {
    expect(kindOf(true as unknown as object)).toBe('json');
    expect(formOf({ properties: [], required: 'all' })).toEqual({ fields: [], open: true });
  });

  test('bounds of one side, fractions and defaults are in the hint', () => {
    const hints = formOf({ properties: { a: { minimum: 0.5, default: 1 }, b: { maxLength: 9 } } }).fields.map(({ hint }) => hint);
    expect(hints).toEqual(['At least 0.5, default 1', 'At most 9 characters']);
  });
});

test('what nobody sees is labelled as JSON writes it', () => {
  expect([',', '\t', '', ' ', 1, null].map(labelOf)).toEqual([',', '"\\t"', '""', '" "', '1', 'null']);
});
