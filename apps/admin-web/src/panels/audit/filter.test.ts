import { expect, test } from 'vitest';
import { auditQuery, isFiltered, NO_FILTER, OBJECT_TYPES } from './filter.ts';
import { detailsSummary } from './queries.ts';

test('the summary of an entry shows up to three details, then an ellipsis', () => {
  expect(detailsSummary({})).toBe('');
  expect(detailsSummary({ name: 'web', version: 2, existing: null })).toBe('name: web, version: 2, existing: null');
  expect(detailsSummary({ a: [1], b: { c: true }, d: '', e: 1 })).toBe('a: [1], b: {"c":true}, d:  …');
});

test('each object type is suggested once', () => {
  expect(OBJECT_TYPES).toEqual([...new Set(OBJECT_TYPES)]);
  expect(OBJECT_TYPES).toContain('key');
});

test('the filters become the query parameters of the API', () => {
  const now = new Date('2026-11-25T12:00:00Z');
  expect(auditQuery(NO_FILTER, now)).toEqual({});
  expect(isFiltered(NO_FILTER)).toBe(false);
  expect(auditQuery({ ...NO_FILTER, type: 'key', object: 'key_1', actor: 'env', action: 'key.revoke' }, now)).toEqual({
    objectType: 'key',
    objectId: 'key_1',
    actor: 'env',
    action: 'key.revoke',
  });
  expect(isFiltered({ ...NO_FILTER, range: '1h' })).toBe(true);
});
