import { describe, expect, it } from 'vitest';
import { bucketStarts } from './buckets.ts';

const FROM = '2026-11-25T00:00:00.000Z';

describe('a range has', () => {
  it.each([
    ['no bucket when it is empty', FROM, 0],
    ['one bucket when it is one millisecond long', '2026-11-25T00:00:00.001Z', 1],
    ['one bucket when it is exactly one hour: its end is exclusive', '2026-11-25T01:00:00.000Z', 1],
    ['two buckets when it is one hour and a millisecond', '2026-11-25T01:00:00.001Z', 2],
    ['no bucket when it ends before it starts', '2026-11-24T00:00:00.000Z', 0],
  ])('%s', (_, to, count) => {
    expect(bucketStarts({ from: FROM, to, bucket: 'hour' })).toHaveLength(count);
  });

  it('buckets that start with it and follow each other without gaps', () => {
    const starts = bucketStarts({ from: FROM, to: '2026-11-28T00:00:00.000Z', bucket: 'day' });
    expect(starts.map((at) => new Date(at).toISOString())).toEqual([FROM, '2026-11-26T00:00:00.000Z', '2026-11-27T00:00:00.000Z']);
  });

  it('no buckets when the bucket size is unknown', () => {
    expect(bucketStarts({ from: FROM, to: '2026-11-28T00:00:00.000Z', bucket: 'week' })).toEqual([]);
  });
});
