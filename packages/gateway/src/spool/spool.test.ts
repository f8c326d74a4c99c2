import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aDirectory, anEvent, append, OWNER, openSpool, readEvents } from '../testing/spool.ts';
import { RecordTooLargeError, SpoolDamageError, SpoolGapError } from './errors.ts';
import { inspectSpool } from './inspect.ts';
import { readBatch } from './reader.ts';
import { encodeRefusals, encodeStreamEnd, eventBodyBytes, FRAME_BYTES, MAX_BODY_BYTES, SYNC_MARK_BYTES } from './record.ts';
import { HEADER_BYTES } from './segments.ts';
import { removeShipped } from './shipped.ts';

let dir: string;
let remove: () => void;
beforeEach(() => {
  ({ dir, remove } = aDirectory());
});
afterEach(() => remove());

const onlyFile = (): string => join(dir, readdirSync(dir)[0]!);
const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = bytes[at]! ^ 0xff;
  writeFileSync(path, bytes);
};

describe('writing and reading', () => {
  it('every record is read back unchanged and in order', async () => {
    const spool = await openSpool(dir);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          requestId: fc.stringMatching(/^[\w.-]{1,128}$/),
          periodId: fc.string({ maxLength: 40 }),
          status: fc.integer({ min: 100, max: 599 }),
          cost: fc.nat(),
          durationMs: fc.double({ min: 0, noNaN: true }),
        }),
        async (parts) => {
          const from = spool.end;
          await append(spool, parts);
          const [event] = await readEvents(spool, from);
          expect(event).toMatchObject(parts);
        },
      ),
      { numRuns: 200 },
    );
    await spool.close();
  });

  it('stream ends and refusals are read back', async () => {
    const spool = await openSpool(dir);
    const end = { epoch: 1, sequence: 7, ts: 5, responseBytes: 99, durationMs: 2.5, outcome: 'aborted' as const };
    const refusals = { minute: 60_000, entitlementId: 'ent_1', keyId: 'key_1', code: 'RATE_LIMITED', count: 3 };
    spool.appendFrame(encodeStreamEnd(end), () => {});
    spool.appendFrame(encodeRefusals(refusals), () => {});
    await spool.flushed();
    const batch = await readBatch(dir, 0, spool.end);
    expect(batch).toMatchObject({ streamEnds: [end], refusals: [refusals], events: [], to: spool.end });
    await spool.close();
  });

  it('an event and a frame of the maximum length are accepted; one byte more is refused and uses no sequence number', async () => {
    const lengths: string[] = [];
    const spool = await openSpool(dir, { onTooLarge: ({ message }) => lengths.push(message) });
    const longest = MAX_BODY_BYTES - eventBodyBytes(anEvent({ requestId: '' }));
    // Two bytes each: the cheap upper bound assumes three and exceeds the limit.
    await append(spool, { requestId: 'é'.repeat(longest / 2) });
    await append(spool, { requestId: 'x'.repeat(longest) });
    await expect(append(spool, { requestId: 'x'.repeat(longest + 1) })).rejects.toBeInstanceOf(RecordTooLargeError);
    await expect(append(spool, { requestId: 'x'.repeat(100_000) })).rejects.toBeInstanceOf(RecordTooLargeError);
    await append(spool);
    const refusals = (bytes: number) => ({ minute: 0, count: 1, entitlementId: '', keyId: 'k'.repeat(bytes), code: '' });
    const frame = (bytes: number): Promise<void> =>
      new Promise((resolve, reject) => spool.appendFrame(encodeRefusals(refusals(bytes)), (error) => (error ? reject(error) : resolve())));
    const most = MAX_BODY_BYTES + FRAME_BYTES - encodeRefusals(refusals(0)).length;
    await frame(most);
    await expect(frame(most + 1)).rejects.toBeInstanceOf(RecordTooLargeError);
    await expect(frame(100_000)).rejects.toBeInstanceOf(RecordTooLargeError);
    expect((await readEvents(spool)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect([spool.tooLarge, lengths.length, spool.fault]).toEqual([4, 4, null]);
    expect(lengths[0]).toBe(`a usage record of ${MAX_BODY_BYTES + 1} bytes can't be written; the limit is ${MAX_BODY_BYTES} bytes`);
    await spool.close();
    const again = await openSpool(dir);
    expect(await readEvents(again)).toHaveLength(3);
    await again.close();
  });

  it('only an event with a streamed response is marked as streamed', async () => {
    const spool = await openSpool(dir);
    await append(spool, { streamed: true });
    await append(spool, { streamed: false });
    expect((await readEvents(spool)).map(({ streamed }) => streamed)).toEqual([true, undefined]);
    await spool.close();
  });

  it('the callback runs only after the record’s write has returned', async () => {
    const spool = await openSpool(dir);
    const before = statSync(onlyFile()).size;
    await append(spool);
    expect(statSync(onlyFile()).size).toBeGreaterThan(before);
    await spool.close();
  });

  it('records of one turn of the event loop share one write', async () => {
    const spool = await openSpool(dir);
    const ends: number[] = [];
    await Promise.all(Array.from({ length: 50 }, () => append(spool).then(() => ends.push(spool.end))));
    expect(new Set(ends).size).toBe(1);
    expect(await readEvents(spool)).toHaveLength(50);
    await spool.close();
  });

  it('with fsync before every response, callbacks run in order and nothing is lost', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0 });
    for (let round = 0; round < 5; round++) await Promise.all([append(spool), append(spool), append(spool)]);
    expect((await readEvents(spool)).map((event) => event.sequence)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    await spool.close();
  });

  it('everything counts as written during a sync when nothing else waits', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0 });
    const written = append(spool);
    await new Promise((resolve) => setImmediate(resolve));
    await spool.flushed();
    await written;
    await spool.close();
  });

  it('a full segment is followed by a new one, and reads cross segments', async () => {
    const spool = await openSpool(dir, { segmentBytes: 1_000, fsyncMs: 0 });
    for (let i = 0; i < 40; i++) await append(spool);
    expect(readdirSync(dir).length).toBeGreaterThan(3);
    expect(await readEvents(spool)).toHaveLength(40);
    await spool.close();
    const again = await openSpool(dir, { segmentBytes: 1_000, fsyncMs: 0 });
    expect(await readEvents(again)).toHaveLength(40);
    await again.close();
  });

  it('shipped segments are deleted after their retention, never the open or an unshipped one', async () => {
    const spool = await openSpool(dir, { segmentBytes: 1_000, fsyncMs: 0 });
    for (let i = 0; i < 40; i++) await append(spool);
    const segments = readdirSync(dir).length;
    const bytes = Number.MAX_SAFE_INTEGER;
    await removeShipped(spool, 0, { newerThanMs: Date.now() + 1_000, bytes });
    await removeShipped(spool, spool.end, { newerThanMs: Date.now() - 3_600_000, bytes });
    expect(readdirSync(dir)).toHaveLength(segments);
    await removeShipped(spool, spool.end, { newerThanMs: Date.now() + 1_000, bytes });
    expect(readdirSync(dir)).toHaveLength(1);
    await append(spool);
    await spool.close();
  });
});

describe('opening after a crash', () => {
  it('cuts an end that is torn at any byte, keeps the records before it, and continues', async () => {
    const spool = await openSpool(dir);
    await append(spool, { requestId: 'req_first' });
    const first = spool.end;
    await append(spool, { requestId: 'req_second' });
    const last = spool.end;
    await spool.close();
    const whole = readFileSync(onlyFile());
    for (let size = first; size < last; size++) {
      writeFileSync(onlyFile(), whole.subarray(0, HEADER_BYTES + size));
      const again = await openSpool(dir);
      // The sync mark at the start of the second write may be complete.
      expect(again.end).toBe(size < first + SYNC_MARK_BYTES ? first : first + SYNC_MARK_BYTES);
      await append(again, { requestId: 'req_third' });
      expect((await readEvents(again)).map((event) => event.requestId)).toEqual(['req_first', 'req_third']);
      await again.close();
    }
  });

  it('cuts a last record with a wrong checksum after a host crash, and refuses it otherwise', async () => {
    const spool = await openSpool(dir);
    await append(spool);
    const first = spool.end;
    await append(spool);
    await spool.close();
    flip(onlyFile(), HEADER_BYTES + first + SYNC_MARK_BYTES + 20);
    await expect(openSpool(dir)).rejects.toBeInstanceOf(SpoolDamageError);
    const again = await openSpool(dir, { rebooted: true });
    expect(again.end).toBe(first + SYNC_MARK_BYTES);
    expect(again.cut).toMatchObject({ file: onlyFile(), offset: HEADER_BYTES + again.end, records: 0, answered: true });
    await again.close();
  });

  it('refuses damage in the middle with its location, and changes nothing', async () => {
    const spool = await openSpool(dir, { fsyncMs: 0 });
    for (let i = 0; i < 3; i++) await append(spool);
    await spool.close();
    flip(onlyFile(), HEADER_BYTES + SYNC_MARK_BYTES + 20);
    const offset = HEADER_BYTES + SYNC_MARK_BYTES;
    const before = readFileSync(onlyFile());
    const error = await openSpool(dir).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpoolDamageError);
    expect(error).toMatchObject({ file: onlyFile(), offset });
    expect(readFileSync(onlyFile()).equals(before)).toBe(true);
    expect((await inspectSpool(dir)).damage).toMatchObject({ file: onlyFile(), offset });
  });

  it('ignores damage in shipped records', async () => {
    const spool = await openSpool(dir);
    for (let i = 0; i < 3; i++) await append(spool);
    const cursor = spool.end;
    await append(spool, { requestId: 'req_new' });
    await spool.close();
    flip(onlyFile(), HEADER_BYTES + 20);
    const again = await openSpool(dir, { cursor });
    expect((await readEvents(again, cursor)).map((event) => event.requestId)).toEqual(['req_new']);
    await again.close();
  });

  it('refuses a spool with a missing segment', async () => {
    const spool = await openSpool(dir, { segmentBytes: 500, fsyncMs: 0 });
    for (let i = 0; i < 20; i++) await append(spool);
    await spool.close();
    const second = readdirSync(dir).sort()[1]!;
    execFileSync('rm', [join(dir, second)]);
    await expect(openSpool(dir)).rejects.toBeInstanceOf(SpoolDamageError);
  });

  it('refuses a spool that starts after the database’s cursor, with instructions', async () => {
    const spool = await openSpool(dir, { segmentBytes: 500, fsyncMs: 0 });
    for (let i = 0; i < 20; i++) await append(spool);
    await spool.close();
    execFileSync('rm', [join(dir, readdirSync(dir).sort()[0]!)]);
    await expect(openSpool(dir)).rejects.toBeInstanceOf(SpoolGapError);
    await expect(openSpool(dir)).rejects.toThrow(/up to byte 0, and the spool starts at byte \d+ .* Restore a newer backup/);
  });

  it('accepts missing shipped segments, down to an empty last one', async () => {
    const spool = await openSpool(dir, { segmentBytes: 150, fsyncMs: 0 });
    for (let i = 0; i < 6; i++) await append(spool);
    await spool.close();
    const { end } = spool;
    await removeShipped({ dir, openBase: end }, end, { newerThanMs: Date.now() + 60_000, bytes: 0 });
    for (let start = 0; start < 2; start++) {
      const next = await openSpool(dir, { cursor: end, segmentBytes: 150 });
      expect(next.end).toBe(end);
      await next.close();
    }
    await expect(openSpool(dir, { cursor: end - 1 })).rejects.toBeInstanceOf(SpoolGapError);
  });

  it('refuses the spool of another installation', async () => {
    await (await openSpool(dir)).close();
    await expect(openSpool(dir, { owner: { ...OWNER, installationId: 'ins_other' } })).rejects.toThrow(/ins_test/);
  });

  it('continues at the database’s cursor if the disk has less', async () => {
    const spool = await openSpool(dir);
    await append(spool);
    const kept = spool.end;
    await append(spool);
    const cursor = spool.end;
    await spool.close();
    truncateSync(onlyFile(), HEADER_BYTES + kept);
    const again = await openSpool(dir, { cursor });
    expect(again.end).toBe(cursor);
    await append(again, { requestId: 'req_new' });
    expect((await readEvents(again, cursor)).map((event) => event.requestId)).toEqual(['req_new']);
    await again.close();
    const third = await openSpool(dir, { cursor });
    expect(await readEvents(third, cursor)).toHaveLength(1);
    await third.close();
  });

  it('ignores a segment with an incomplete header', async () => {
    const spool = await openSpool(dir);
    await append(spool);
    const end = spool.end;
    await spool.close();
    writeFileSync(join(dir, `${String(end).padStart(20, '0')}.spool`), 'AFSPOOL1 {"inst');
    const again = await openSpool(dir);
    expect(await readEvents(again)).toHaveLength(1);
    await again.close();
  });
});

describe('a full disk', () => {
  const root = process.getuid?.() === 0 && process.platform === 'linux';
  it.skipIf(!root)(
    `refuses the record, keeps the ones before it, and works again once there is space${root ? '' : ' (skipped: mounting a tmpfs needs root on Linux)'}`,
    async () => {
      const small = join(dir, 'small');
      mkdirSync(small);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
      try {
        const spool = await openSpool(join(small, 'spool'));
        let written = 0;
        let failed = 0;
        for (let i = 0; i < 1_000; i++) {
          const outcome = await append(spool).then(
            () => 'written',
            () => 'failed',
          );
          if (outcome === 'written') written += 1;
          else failed += 1;
        }
        expect(failed).toBeGreaterThan(0);
        expect(await readEvents(spool)).toHaveLength(written);
        execFileSync('mount', ['-o', 'remount,size=1m', small]);
        await append(spool, { requestId: 'req_after' });
        expect((await readEvents(spool)).at(-1)?.requestId).toBe('req_after');
        await spool.close();
        const again = await openSpool(join(small, 'spool'));
        expect(await readEvents(again)).toHaveLength(written + 1);
        await again.close();
      } finally {
        execFileSync('umount', [small]);
      }
    },
  );
});
