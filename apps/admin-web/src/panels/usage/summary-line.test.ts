import { expect, test } from 'vitest';
import { totalsOf } from './summary-line.tsx';

const row = (status: number, calls: number, avgDurationMs = 10) => ({
  bucket: '2026-11-25T00:00:00.000Z',
  status,
  calls,
  units: calls * 2,
  requestBytes: 0,
  responseBytes: 0,
  avgDurationMs,
});

test('a range without calls has totals of 0 and no average', () => {
  expect(totalsOf({ rows: [], refusals: [] }, '')).toEqual({ calls: 0, units: 0, failed: 0, averageMs: null, refused: 0, refusals: [] });
});

test('the average duration is weighted by calls', () => {
  expect(totalsOf({ rows: [row(200, 9, 10), row(500, 1, 110)], refusals: [] }, '')).toMatchObject({
    calls: 10,
    units: 20,
    failed: 1,
    averageMs: 20,
  });
});

test('a status filter excludes other statuses, but no refused calls, which have no status', () => {
  const summary = {
    rows: [row(200, 5), row(404, 2), row(429, 1)],
    refusals: [
      { code: 'INVALID_KEY', count: 1 },
      { code: 'RATE_LIMITED', count: 3 },
    ],
  };
  expect(totalsOf(summary, '4xx')).toMatchObject({
    calls: 3,
    refused: 4,
    refusals: [{ code: 'RATE_LIMITED' }, { code: 'INVALID_KEY' }],
  });
  expect(totalsOf(summary, '404')).toMatchObject({ calls: 2 });
});
