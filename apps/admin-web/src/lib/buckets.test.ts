import { describe, expect, it } from 'vitest';
import { bucketStarts } from './buckets.ts';

const FROM = '2026-11-25T00:00:00.000Z';

describe('the buckets of a range', () => {
  it.each([
    ['none for an empty range', FROM, 0],
    ['one for a range of a millisecond', '2026-11-25T00:00:00.001Z', 1],
    ['one for exactly one hour: the end does not belong to it', '2026-11-25T01:00:00.000Z', 1],
    ['two for a millisecond more', '2026-11-25T01:00:00.001Z', 2],
    ['none when the end is before the beginning', '2026-11-24T00:00:00.000Z', 0],
  ])('%s', (_, to, count) => {
    expect(bucketStarts({ from: FROM, to, bucket: 'hour' })).toHaveLength(count);
  });

  it('begin where the range begins, one length apart', () => {
    const starts = bucketStarts({ from: FROM, to: '2026-11-28T00:00:00.000Z', bucket: 'day' });
    expect(starts.map((at) => new Date(at).toISOString())).toEqual([FROM, '2026-11-26T00:00:00.000Z', '2026-11-27T00:00:00.000Z']);
  });

  it('none for a bucket that the console does not know', () => {
    expect(bucketStarts({ from: FROM, to: '2026-11-28T00:00:00.000Z', bucket: 'week' })).toEqual([]);
  });
});
