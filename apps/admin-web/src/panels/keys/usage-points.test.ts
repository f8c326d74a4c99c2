import { describe, expect, it } from 'vitest';
import { callsOfKey, partsById, totalsText, usageChart } from './usage-points.ts';

const RANGE = { from: '2026-11-25T00:00:00.000Z', to: '2026-11-25T03:00:00.000Z', bucket: 'hour' };
const SIZES = { requestBytes: 0, responseBytes: 0, avgDurationMs: 1 };
const row = (hour: number, calls: number, keyId = 'key_a') => ({
  bucket: `2026-11-25T0${hour}:00:00.000Z`,
  keyId,
  calls,
  units: calls * 2,
  ...SIZES,
});

describe('the chart of a key', () => {
  it('is empty when there was neither a call nor a refusal', () => {
    expect(usageChart({ ...RANGE, rows: [], refusalRows: [] }).points).toEqual([]);
  });

  it('has a point for each bucket, also for those without a call', () => {
    const { points } = usageChart({ ...RANGE, rows: [row(1, 7)], refusalRows: [] });
    expect(points.map(({ values }) => values.calls)).toEqual([0, 7, 0]);
  });

  it('adds up the refusals of all codes, and is there when there were only refusals', () => {
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
  it('has only its own calls', () => {
    const summary = { ...RANGE, rows: [row(0, 3), row(0, 9, 'key_b'), row(2, 4)] };
    expect(callsOfKey(summary, 'key_a')).toEqual([3, 0, 4]);
    expect(callsOfKey(summary, 'key_c')).toEqual([0, 0, 0]);
  });
});

describe('the totals of a key', () => {
  it('name no refusals when there are none', () => {
    expect(totalsText({ rows: [], refusals: [] })).toBe('0 calls, 0 units');
    expect(totalsText({ rows: [row(0, 1)], refusals: [] })).toBe('1 call, 2 units');
  });

  it('name refusals by code, most frequent first', () => {
    const refusals = [
      { code: 'RATE_LIMITED', count: 1 },
      { code: 'QUOTA_EXCEEDED', count: 5 },
    ];
    expect(totalsText({ rows: [row(0, 1000)], refusals })).toBe('1,000 calls, 2,000 units; refused 5 by QUOTA_EXCEEDED, 1 by RATE_LIMITED');
  });
});

describe('parts of a list', () => {
  it('are none for an empty list', () => {
    expect(partsById([], 2).size).toBe(0);
  });

  it('hold at most so many, and the last one the rest', () => {
    const parts = partsById(['a', 'b', 'c', 'd', 'e'], 2);
    expect(parts.get('b')).toEqual(['a', 'b']);
    expect(parts.get('c')).toEqual(['c', 'd']);
    expect(parts.get('e')).toEqual(['e']);
  });
});
