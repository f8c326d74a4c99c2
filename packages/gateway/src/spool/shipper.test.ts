import { expect, it } from 'vitest';
import { aDirectory, append, openSpool } from '../testing/spool.ts';
import { Progress } from './progress.ts';
import { Shipper } from './shipper.ts';

it('what the database does not take at the first try is behind from that try on, until it is taken', async () => {
  const { dir, remove } = aDirectory();
  const progress = new Progress();
  const spool = await openSpool(dir, { progress });
  let up = false;
  const commit = async () => {
    if (!up) throw new Error('the database is away');
  };
  let now = 1_000;
  const shipper = new Shipper({ spool, sink: { commit }, clock: { now: () => now }, progress, onError: () => {} });
  try {
    await append(spool);
    expect(progress.behindSince).toBe(null);
    await expect(shipper.drain()).rejects.toThrow('away');
    now = 5_000;
    await expect(shipper.drain()).rejects.toThrow('away');
    expect(progress.behindSince).toBe(1_000);
    up = true;
    await shipper.drain();
    expect([progress.behindSince, progress.cursor]).toEqual([null, spool.end]);
  } finally {
    await spool.close();
    remove();
  }
});
