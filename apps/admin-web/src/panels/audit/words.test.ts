import { expect, test } from 'vitest';
import { auditQuery, isNarrowed, NO_FILTER } from './filter.ts';
import { detailsLine, OBJECT_TYPES } from './words.ts';

test('details are shown up to three, and it is said when there are more', () => {
  expect(detailsLine({})).toBe('');
  expect(detailsLine({ name: 'web', version: 2, existing: null })).toBe('name: web, version: 2, existing: null');
  expect(detailsLine({ a: [1], b: { c: true }, d: '', e: 1 })).toBe('a: [1], b: {"c":true}, d:  …');
});

test('each kind of object can be chosen once', () => {
  expect(OBJECT_TYPES).toEqual([...new Set(OBJECT_TYPES)]);
  expect(OBJECT_TYPES).toContain('key');
});

test('an entry’s filters are named as the API names them', () => {
  const now = new Date('2026-11-25T12:00:00Z');
  expect(auditQuery(NO_FILTER, now)).toEqual({});
  expect(isNarrowed(NO_FILTER)).toBe(false);
  expect(auditQuery({ ...NO_FILTER, type: 'key', object: 'key_1', actor: 'env', action: 'key.revoke' }, now)).toEqual({
    objectType: 'key',
    objectId: 'key_1',
    actor: 'env',
    action: 'key.revoke',
  });
  expect(isNarrowed({ ...NO_FILTER, range: '1h' })).toBe(true);
});
