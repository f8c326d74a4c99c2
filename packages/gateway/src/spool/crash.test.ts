import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LossyDisk } from '../testing/lossy-disk.ts';
import { aDirectory, anEvent, append, openSpool, readEvents } from '../testing/spool.ts';
import { SpoolDamageError } from './errors.ts';
import { HEADER_BYTES } from './segments.ts';
import type { Spool } from './spool.ts';

let dir: string;
let remove: () => void;
beforeEach(() => {
  ({ dir, remove } = aDirectory());
});
afterEach(() => remove());

let homes = 0;
const aHome = (): string => join(dir, String(++homes));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * One step of a history: appends events of `sizes` in one turn of the loop, then waits `turns`
 * turns.
 */
const aStep = fc.record({
  sizes: fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) }, fc.integer({ min: 3_000, max: 15_000 })), {
    maxLength: 6,
  }),
  turns: fc.nat(4),
  more: fc.nat(2),
});
const aHistory = fc.record({
  steps: fc.array(aStep, { minLength: 1, maxLength: 25 }),
  fsyncMs: fc.constantFrom(0, 1),
  segmentBytes: fc.constantFrom(3_000, 40_000, 1_000_000),
  largestWriteBytes: fc.constantFrom(500, 20_000, 4_000_000),
  writes: fc.infiniteStream(
    fc.oneof({ weight: 8, arbitrary: fc.constant('ok' as const) }, fc.constantFrom('fails' as const, 'fails-midway' as const)),
  ),
  syncs: fc.infiniteStream(fc.oneof({ weight: 6, arbitrary: fc.constant('ok' as const) }, fc.constant('fails' as const))),
  slow: fc.infiniteStream(fc.nat(6)),
  keeps: fc.infiniteStream(fc.boolean()),
});
type History = typeof aHistory extends fc.Arbitrary<infer T> ? T : never;

/** Runs a history on a lossy disk. Ids are the request ids of events. */
async function runHistory(home: string, history: History) {
  const disk = new LossyDisk();
  const answered: string[] = [];
  const refused = new Set<string>();
  /** Ids answered before the start of a sync that succeeded. */
  let durable: string[] = [];
  const spool = await openSpool(home, { ...history, openFile: disk.openFile, probeMs: 1, onFault: () => {} });
  disk.fate = {
    write: () => history.writes.next().value,
    sync: () => history.syncs.next().value,
    turns: () => history.slow.next().value,
  };
  disk.onSync = () => {
    const before = answered.length;
    return () => {
      durable = answered.slice(0, Math.max(before, durable.length));
    };
  };
  let count = 0;
  let pending = 0;
  /**
   * Appends an event and, once it is written, `more` others one by one, like a client that waits
   * for each response.
   */
  const appendOne = (size: number, more: number): void => {
    const id = `${++count}-`.padEnd(size, 'x');
    pending += 1;
    spool.appendEvent(anEvent({ requestId: id }), (error) => {
      if (error) refused.add(id);
      else answered.push(id);
      if (more > 0) appendOne(size, more - 1);
      pending -= 1;
    });
  };
  for (const { sizes, turns, more } of history.steps) {
    for (const size of sizes) appendOne(size, more);
    for (let i = 0; i < turns; i++) await turn();
  }
  return { disk, spool, answered, refused, durable: () => durable, pending: () => pending };
}

const idsOf = async (spool: Spool): Promise<string[]> => (await readEvents(spool)).map(({ requestId }) => requestId);

describe('with any failures and any delays of the disk', () => {
  it('every answered record is read back after a restart, in order and once, and no refused one', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(aHistory, async (history) => {
        const home = aHome();
        const { disk, spool, answered, refused, pending } = await runHistory(home, history);
        while (pending() > 0) await spool.flushed();
        // The disk recovers before the process exits: the guarantee only holds on a disk that works
        // again.
        disk.fate = { write: () => 'ok', sync: () => 'ok', turns: () => 1 };
        await append(spool, { requestId: 'last' });
        expect(await idsOf(spool)).toEqual([...answered, 'last']);
        await spool.close();
        const again = await openSpool(home);
        const ids = await idsOf(again);
        await again.close();
        expect(ids).toEqual([...answered, 'last']);
        expect(ids.filter((id) => refused.has(id))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it.each([0, 10])('with METER_FSYNC_MS=%i, more than 4 MiB in one turn of the loop is read back', async (fsyncMs) => {
    const spool = await openSpool(dir, { fsyncMs });
    const ids = Array.from({ length: 700 }, (_, i) => `${i}-`.padEnd(15_000, 'x'));
    await Promise.all(ids.map((requestId) => append(spool, { requestId })));
    expect(await idsOf(spool)).toEqual(ids);
    await spool.close();
    const again = await openSpool(dir);
    expect(await idsOf(again)).toEqual(ids);
    await again.close();
  });
});

describe('a crash of the host, which loses any unsynced pages', () => {
  it('leaves a spool that opens, with every synced record and, with METER_FSYNC_MS=0, every answered one', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(aHistory, async (history) => {
        const [home, left] = [aHome(), aHome()];
        const { disk, spool, answered, durable } = await runHistory(home, history);
        disk.crash(left, () => history.keeps.next().value);
        const promised = history.fsyncMs === 0 ? [...answered] : durable();
        disk.fate = { write: () => 'ok', sync: () => 'ok', turns: () => 0 };
        await spool.close();
        const again = await openSpool(left, { rebooted: true });
        const ids = await idsOf(again);
        await append(again, { requestId: 'after' });
        await again.close();
        const third = await openSpool(left);
        const later = await idsOf(third);
        await third.close();
        expect(promised.filter((id) => !ids.includes(id))).toEqual([]);
        expect(new Set(ids).size).toBe(ids.length);
        expect(later).toEqual([...ids, 'after']);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a hole', () => {
  const PAGE = 4096;
  const names = (): string[] => readdirSync(dir).sort();
  const path = (segment = 0): string => join(dir, names()[segment] as string);
  /** Overwrites part of a file with zeros, like a page that was never written. */
  const zero = (file: string, from: number, to: number): void => {
    const bytes = readFileSync(file);
    bytes.fill(0, from, to);
    writeFileSync(file, bytes);
  };
  /** Removes the format from the header, as in files without sync marks. */
  const makeOld = (file: string): void => {
    const bytes = readFileSync(file);
    const header = bytes.toString('latin1', 0, HEADER_BYTES).replace(/,"format":\d+/, '');
    bytes.write(header.trimEnd().padEnd(HEADER_BYTES - 1, ' '), 0, 'latin1');
    writeFileSync(file, bytes);
  };
  const large = { requestId: 'x'.repeat(6_000) };
  const opened = (rebooted: boolean, cursor = 0) =>
    openSpool(dir, { rebooted, cursor }).then(
      async (spool) => {
        const events = await readEvents(spool, cursor);
        await spool.close();
        return { events: events.length, cut: spool.cut };
      },
      (error: Error) => error.constructor,
    );

  it('before records of the same write is cut after a crash of the host, and the loss is reported', async () => {
    const spool = await openSpool(dir);
    await Promise.all([append(spool), append(spool, large), append(spool), append(spool)]);
    await spool.close();
    zero(path(), PAGE, PAGE + 10);
    expect(await opened(false)).toBe(SpoolDamageError);
    const size = readFileSync(path()).length;
    const found = await opened(true);
    expect(found).toMatchObject({ events: 1, cut: { file: path(), records: 2, answered: true } });
    expect(readFileSync(path()).length).toBe(size - (found as { cut: { bytes: number } }).cut.bytes);
  });

  it('that a later write marked as synced is damage, with or without a host crash', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0 });
    await append(spool, large);
    await append(spool);
    await spool.close();
    zero(path(), PAGE, PAGE + 10);
    expect(await opened(true)).toBe(SpoolDamageError);
    expect(await opened(false)).toBe(SpoolDamageError);
  });

  it('that a write in the next file marked as synced is damage, and so is a missing file', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0, segmentBytes: 5_000 });
    for (let i = 0; i < 3; i++) await append(spool, large);
    await spool.close();
    const second = readFileSync(path(1));
    zero(path(1), PAGE, PAGE + 10);
    expect(await opened(true)).toBe(SpoolDamageError);
    writeFileSync(path(1), second);
    expect(await opened(true)).toMatchObject({ events: 3 });
    rmSync(path(1));
    expect(await opened(true)).toBe(SpoolDamageError);
  });

  it('in a spool without sync marks is damage if valid records follow, even after a host crash', async () => {
    const spool = await openSpool(dir);
    await Promise.all([append(spool, large), append(spool)]);
    await spool.close();
    zero(path(), PAGE, PAGE + 10);
    makeOld(path());
    expect(await opened(true)).toBe(SpoolDamageError);
  });

  it('is not reported in a valid spool without sync marks, whose new records go into a new file', async () => {
    const spool = await openSpool(dir);
    await append(spool);
    await append(spool);
    await spool.close();
    makeOld(path());
    const again = await openSpool(dir);
    await append(again);
    await again.close();
    expect(names()).toHaveLength(2);
    expect(await opened(false)).toEqual({ events: 3, cut: null });
    expect(names()).toHaveLength(2);
  });

  it('in place of a header is an empty file, which is created again', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0, segmentBytes: 100 });
    await append(spool);
    await spool.close();
    expect(names()).toHaveLength(2);
    zero(path(1), 0, HEADER_BYTES);
    expect(await opened(true)).toMatchObject({ events: 1, cut: null });
  });
});

describe('a new file', () => {
  it('is used once the old one is synced; until then the old one grows and calls are answered', async () => {
    const disk = new LossyDisk();
    const spool = await openSpool(dir, { fsyncMs: 1, segmentBytes: 500, openFile: disk.openFile });
    let release = (): void => {};
    disk.gate = new Promise((resolve) => (release = resolve));
    const syncStarted = new Promise<void>((resolve) => {
      disk.onSync = () => {
        resolve();
        return () => {};
      };
    });
    while (spool.end <= 500) await append(spool);
    await syncStarted;
    for (let i = 0; i < 20; i++) await append(spool);
    expect(readdirSync(dir)).toHaveLength(1);
    const before = spool.end;
    release();
    await append(spool);
    await expect.poll(() => spool.openBase).toBeGreaterThanOrEqual(before);
    disk.crash(join(dir, 'left'), () => false);
    const old = readFileSync(join(dir, 'left', readdirSync(dir).sort()[0] as string));
    expect(old.length).toBe(HEADER_BYTES + spool.openBase);
    await spool.close();
  });
});

describe('a sync that fails', () => {
  it('is a fault until a retry succeeds, which needs no call; until then responses wait for their sync', async () => {
    const disk = new LossyDisk();
    const faults: string[] = [];
    const spool = await openSpool(dir, { fsyncMs: 1, openFile: disk.openFile, probeMs: 1, onFault: ({ message }) => faults.push(message) });
    let fails = true;
    disk.fate.sync = () => (fails ? 'fails' : 'ok');
    await append(spool, { requestId: 'before' });
    await expect.poll(() => spool.fault?.message).toBe('i/o error');
    await expect(append(spool)).rejects.toThrow('i/o error');
    await expect.poll(() => spool.syncErrors).toBeGreaterThan(3);
    fails = false;
    await expect.poll(() => spool.fault).toBe(null);
    await append(spool, { requestId: 'after' });
    expect(await idsOf(spool)).toEqual(['before', 'after']);
    expect(faults).toEqual(['i/o error']);
    await spool.close();
    disk.crash(join(dir, 'left'), () => false);
    const again = await openSpool(join(dir, 'left'), { rebooted: true });
    expect(await idsOf(again)).toEqual(['before', 'after']);
    await again.close();
  });
});
