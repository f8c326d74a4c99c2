import { readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aDirectory, append, openSpool, readEvents } from '../testing/spool.ts';
import { DiskWatch, isLow, keepBytesOf, keepWithin, readVolume, reserveBytesOf } from './disk.ts';
import { Progress } from './progress.ts';
import { type Segment, segmentBase } from './segments.ts';
import { surplus } from './shipped.ts';
import { Shipper } from './shipper.ts';

const GB = 1_000_000_000;
const unset = { keepGb: null, reserveMb: null };

let dir: string;
let remove: () => void;
beforeEach(() => {
  ({ dir, remove } = aDirectory());
});
afterEach(() => remove());

describe('the size limit', () => {
  it.each([
    ['a tenth of what is free', null, 100 * GB, 0, 10 * GB],
    ['a tenth, with the size of the spool counted as free', null, 90 * GB, 10 * GB, 10 * GB],
    ['at least 0.25 GB', null, 0, 0, 0.25 * GB],
    ['at most 64 GB', null, 9_000 * GB, 0, 64 * GB],
    ['the operator’s setting, even 0', 0, 100 * GB, 0, 0],
    ['the operator’s setting', 300, 100 * GB, 0, 300 * GB],
  ])('is %s', (_, keepGb, freeBytes, spoolBytes, expected) => {
    expect(keepBytesOf({ ...unset, keepGb }, { freeBytes, bytes: 0 }, spoolBytes)).toBe(expected);
  });

  it.each([
    ['unchanged while twice the reserve is free', { freeBytes: 20, spoolBytes: 7, reserveBytes: 10 }, 7],
    ['reduced by each byte missing from twice the reserve', { freeBytes: 19, spoolBytes: 7, reserveBytes: 10 }, 6],
    ['0 if more is missing than the size of the spool', { freeBytes: 2, spoolBytes: 7, reserveBytes: 10 }, 0],
  ])('is %s', (_, state, expected) => {
    expect(keepWithin(7, state)).toBe(expected);
  });
});

describe('the reserve', () => {
  it.each([
    ['512 MB', null, 10.24 * GB, 0.512 * GB],
    ['5 % of a smaller disk', null, 1 * GB, 0.05 * GB],
    ['the operator’s setting', 3, 1 * GB, 0.003 * GB],
    ['none at 0', 0, 1 * GB, 0],
  ])('is %s', (_, reserveMb, bytes, expected) => {
    expect(reserveBytesOf({ ...unset, reserveMb }, { freeBytes: 0, bytes })).toBe(expected);
  });

  it.each([
    [1_000, false, false],
    [999, false, true],
    [1_099, true, true],
    [1_100, true, false],
  ])('of 1000 bytes with %i free, usage refused before: %s, refuses usage: %s', (freeBytes, before, expected) => {
    expect(isLow(freeBytes, 1_000, before)).toBe(expected);
  });

  it('of 0 never refuses usage', () => {
    expect(isLow(0, 0, false)).toBe(false);
  });
});

describe('surplus', () => {
  /** Segments of 1,000 bytes with their header, written at 0, 1, 2 … ms. */
  const segments = (count: number): Segment[] =>
    Array.from({ length: count }, (_, i) => ({ path: String(i), base: i * 744, end: (i + 1) * 744, modifiedMs: i }));
  const paths = (cursor: number, keeping: { newerThanMs: number; bytes: number }) =>
    surplus(segments(5), { cursor, openBase: 4 * 744 }, keeping).map(({ path }) => path);
  const end = 5 * 744;

  it.each([
    ['nothing, at the limit', { newerThanMs: 0, bytes: 5_000 }, end, []],
    ['the oldest segment, one byte above the limit', { newerThanMs: 0, bytes: 4_999 }, end, ['0']],
    ['segments that are too old, within the limit', { newerThanMs: 2, bytes: 5_000 }, end, ['0', '1']],
    ['all but the open segment, with a limit of 0', { newerThanMs: 0, bytes: 0 }, end, ['0', '1', '2', '3']],
    ['no segment that is not shipped to its last byte', { newerThanMs: 9, bytes: 0 }, 2 * 744 - 1, ['0']],
    ['nothing while nothing is shipped', { newerThanMs: 9, bytes: 0 }, 0, []],
  ])('is %s', (_, keeping, cursor, expected) => {
    expect(paths(cursor, keeping)).toEqual(expected);
  });
});

describe('the watch', () => {
  it('refuses events below the reserve and accepts them again above it; ends of streams are always accepted', async () => {
    const progress = new Progress();
    const spool = await openSpool(dir, { progress });
    let freeBytes = 1_000_000;
    const changes: (string | null)[] = [];
    const watch = new DiskWatch({
      spool,
      progress,
      settings: { keepGb: 1, reserveMb: 1 },
      onChange: (error) => changes.push(error?.message ?? null),
      readVolume: async () => ({ freeBytes, bytes: 10 * GB }),
    });
    await watch.check();
    await append(spool);
    freeBytes -= 1;
    await watch.check();
    await watch.check();
    await expect(append(spool)).rejects.toThrow('the disk has 0 MB free, below the reserve of 1 MB (SPOOL_RESERVE_MB)');
    expect(spool.fault?.message).toContain('SPOOL_RESERVE_MB');
    await new Promise<void>((resolve, reject) => spool.appendFrame(Buffer.alloc(48), (error) => (error ? reject(error) : resolve())));
    freeBytes = 1_100_000;
    await watch.check();
    await append(spool);
    expect(spool.fault).toBe(null);
    expect(changes).toEqual([expect.stringContaining('0 MB free'), null]);
    await spool.close();
  });

  it('reports the size of the spool and the free space of the disk', async () => {
    const spool = await openSpool(dir, { segmentBytes: 500, fsyncMs: 0 });
    for (let i = 0; i < 20; i++) await append(spool);
    const watch = new DiskWatch({ spool, progress: new Progress(), settings: unset, onChange: () => {} });
    await watch.check();
    expect(watch.state.spoolBytes).toBe(readdirSync(dir).reduce((sum, name) => sum + statSync(`${dir}/${name}`).size, 0));
    expect(watch.state.freeBytes).toBeGreaterThan(0);
    expect((await readVolume(dir)).bytes).toBeGreaterThan(watch.state.freeBytes);
    await spool.close();
  });

  it('keeps the last state when the disk can’t be read', async () => {
    const spool = await openSpool(dir);
    const answers = [async () => ({ freeBytes: 5, bytes: 20 }), () => Promise.reject(new Error('stale handle'))];
    const read = () => (answers.shift() as () => Promise<{ freeBytes: number; bytes: number }>)();
    const watch = new DiskWatch({ spool, progress: new Progress(), settings: unset, onChange: () => {}, readVolume: read });
    await watch.check();
    await watch.check();
    expect(watch.state.freeBytes).toBe(5);
    await spool.close();
  });
});

describe('the shipper', () => {
  it('deletes shipped files above the limit, even while the database is unreachable, and never an unshipped one', async () => {
    const progress = new Progress();
    const spool = await openSpool(dir, { segmentBytes: 500, fsyncMs: 0, progress });
    for (let i = 0; i < 20; i++) await append(spool);
    const shipped = spool.openBase;
    for (let i = 0; i < 20; i++) await append(spool);
    progress.keepBytes = 0;
    progress.cursor = shipped;
    let now = Date.now();
    const clock = { now: () => (now += 10_000) };
    const commit = async () => {
      throw new Error('the database is away');
    };
    const shipper = new Shipper({ spool, sink: { commit }, clock, progress, onError: () => {}, onRewound: () => {} });
    shipper.start();
    await expect.poll(() => Math.min(...readdirSync(dir).map((name) => segmentBase(name) as number))).toBe(shipped);
    await expect.poll(() => progress.failures).toBeGreaterThan(2);
    expect((await readEvents(spool, shipped)).length).toBeGreaterThanOrEqual(20);
    await shipper.halt();
    await spool.close();
  });
});
