import { describe, expect, it } from 'vitest';
import { batchesById, callsOfKey, totalsText, usageChart } from './usage-points.ts';

const RANGE = { from: '2026-11-25T00:00:00.000Z', to: '2026-11-25T03:00:00.000Z', bucket: 'hour' };
const SIZES = { requestBytes: 0, responseBytes: 0, avgDurationMs: 1 };
const row = (hour: number, calls: number, keyId = 'key_a') => ({
  bucket: `2026-11-25T0${hour}:00:00.000Z`,
  keyId,
  calls,
  units: calls * 2,
  ...SIZES,
});

describe('the usage chart of a key', () => {
  it('is empty when there was neither an admitted nor a refused call', () => {
    expect(usageChart({ ...RANGE, rows: [], refusalRows: [] }).points).toEqual([]);
  });

  it('has a point for every bucket, including those without a call', () => {
    const { points } = usageChart({ ...RANGE, rows: [row(1, 7)], refusalRows: [] });
    expect(points.map(({ values }) => values.calls)).toEqual([0, 7, 0]);
  });

  it('sums refused calls over all codes, and is not empty when every call was refused', () => {
    const bucket = '2026-11-25T02:00:00.000Z';
    const refusalRows = [
      { bucket, code: 'QUOTA_EXCEEDED', count: 5 },
      { bucket, code: 'RATE_LIMITED', count: 1 },
    ];
    const { points } = usageChart({ ...RANGE, rows: [], refusalRows });
    expect(points.map(({ values }) => values.refusals)).toEqual([0, 0, 6]);
  });
});

describe('the sparkline of a key', () => {
  it('counts only the calls of that key', () => {
    const summary = { ...RANGE, rows: [row(0, 3), row(0, 9, 'key_b'), row(2, 4)] };
    expect(callsOfKey(summary, 'key_a')).toEqual([3, 0, 4]);
    expect(callsOfKey(summary, 'key_c')).toEqual([0, 0, 0]);
  });
});

describe('the totals text of a key', () => {
  it('omits refused calls when there are none', () => {
    expect(totalsText({ rows: [], refusals: [] })).toBe('0 calls, 0 units');
    expect(totalsText({ rows: [row(0, 1)], refusals: [] })).toBe('1 call, 2 units');
  });

  it('lists refused calls by code, most frequent first', () => {
    const refusals = [
      { code: 'RATE_LIMITED', count: 1 },
      { code: 'QUOTA_EXCEEDED', count: 5 },
    ];
    expect(totalsText({ rows: [row(0, 1000)], refusals })).toBe(
      '1,000 calls, 2,000 units; 5 refused with QUOTA_EXCEEDED, 1 refused with RATE_LIMITED',
    );
  });
});

describe('splitting IDs into batches', () => {
  it('returns no batches for an empty list', () => {
    expect(batchesById([], 2).size).toBe(0);
  });

  it('fills every batch but the last', () => {
    const batches = batchesById(['a', 'b', 'c', 'd', 'e'], 2);
    expect(batches.get('b')).toEqual(['a', 'b']);
    expect(batches.get('c')).toEqual(['c', 'd']);
    expect(batches.get('e')).toEqual(['e']);
  });
});
