import { describe, expect, test } from 'vitest';
import { findingOf, findingsOf, payloadFindings, together } from './findings.ts';
import { formOf } from './schema-fields.ts';

const found = (schema: object, value: unknown, required = true) =>
  findingsOf(formOf({ properties: { it: schema }, required: required ? ['it'] : [] }), value === undefined ? {} : { it: value })[0]
    ?.detail ?? null;

describe('findingsOf', () => {
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
  ])('%j', (schema, good, bad) => {
    expect(good.map((value) => found(schema, value))).toEqual(good.map(() => null));
    for (const value of bad) expect(found(schema, value)).toEqual(expect.any(String));
  });

  test('only what is required must be there', () => {
    expect(found({ type: 'string' }, undefined)).toBe('Is required');
    expect(found({ type: 'string' }, undefined, false)).toBeNull();
    expect(found({ type: 'string', minLength: 1 }, '')).toBe('Is required');
    expect(found({ type: 'string' }, '')).toBe('Is required');
    expect(found({ type: 'string' }, ' ')).toBeNull();
    expect(found({ type: 'string' }, '', false)).toBeNull();
    expect(found({ type: 'string', minLength: 0 }, '')).toBeNull();
    expect(found({ enum: ['', 'a'] }, '')).toBeNull();
  });

  test('a property with the name of an inherited one is not there by inheritance', () => {
    expect(findingsOf(formOf({ properties: { toString: { type: 'string' } } }), {})).toEqual([]);
  });
});

test('a server’s pointers become pointers into the payload', () => {
  const errors = [
    { pointer: '#/payload/size', detail: 'must be >= 32' },
    { pointer: '#/payload', detail: 'is required' },
    { pointer: '#/action', detail: 'must be string' },
    { pointer: '#/payloads', detail: 'is not a known field' },
  ];
  expect(payloadFindings(errors).map(({ pointer }) => pointer)).toEqual(['/size', '', '/action', '/payloads']);
  expect(payloadFindings(errors)[0]?.detail).toBe('Must be >= 32');
});

test('a server’s pointer is read as the URI fragment that it is', () => {
  const findings = payloadFindings([{ pointer: '#/payload/a~1b%20%C3%BC', detail: 'is required' }]);
  expect(findingOf(findings, 'a/b ü')).toBe('Is required');
});

test('a finding within a property is shown at it, one of a longer name is not', () => {
  const findings = [
    { pointer: '/sizes', detail: 'other' },
    { pointer: '/size/0', detail: 'Must be a number' },
    { pointer: '/a~1b', detail: 'Is required' },
  ];
  expect(findingOf(findings, 'size')).toBe('/0: Must be a number');
  expect(findingOf(findings, 'a/b')).toBe('Is required');
  expect(findingOf(findings, 'siz')).toBeNull();
});

test('of one place that both sides name, ours is said', () => {
  const ours = [{ pointer: '/a', detail: 'ours' }];
  const theirs = [
    { pointer: '/a', detail: 'theirs' },
    { pointer: '/b', detail: 'theirs' },
  ];
  expect(together(ours, theirs).map(({ detail }) => detail)).toEqual(['ours', 'theirs']);
});
