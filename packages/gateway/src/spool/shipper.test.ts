import type { UsageBatch } from '@api-factory/core';
import { expect, it } from 'vitest';
import { aDirectory, append, openSpool } from '../testing/spool.ts';
import { Progress } from './progress.ts';
import { Shipper } from './shipper.ts';

it('usage that fails to ship is behind from the first attempt until it is shipped', async () => {
  const { dir, remove } = aDirectory();
  const progress = new Progress();
  const spool = await openSpool(dir, { progress });
  let up = false;
  const commit = async ({ to }: UsageBatch) => {
    if (!up) throw new Error('the database is away');
    return { cursor: to, rewound: false };
  };
  let now = 1_000;
  const shipper = new Shipper({ spool, sink: { commit }, clock: { now: () => now }, progress, onError: () => {}, onRewound: () => {} });
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

/** A database in memory with events and a cursor, which can lose its last commits. */
function aDatabase() {
  const commits: { from: number; ids: string[] }[] = [];
  const idsOf = ({ events }: UsageBatch) => events.map(({ epoch, sequence }) => `${epoch}-${sequence}`);
  let cursor = 0;
  return {
    ids: () => commits.flatMap(({ ids }) => ids),
    lose: (count: number) => {
      const lost = commits.splice(-count);
      cursor = lost[0]?.from ?? cursor;
    },
    commit: async (batch: UsageBatch) => {
      if (cursor !== batch.from) return { cursor, rewound: cursor < batch.from };
      commits.push({ from: batch.from, ids: idsOf(batch) });
      cursor = batch.to;
      return { cursor, rewound: false };
    },
  };
}

it('a database that lost its last commits gets each lost event again once, and the loss is reported once', async () => {
  const { dir, remove } = aDirectory();
  const progress = new Progress();
  const spool = await openSpool(dir, { progress });
  const database = aDatabase();
  let rewound = 0;
  const onRewound = () => (rewound += 1);
  const shipper = new Shipper({ spool, sink: database, clock: { now: () => 1_000 }, progress, onError: () => {}, onRewound });
  try {
    for (let batch = 0; batch < 3; batch++) {
      for (let i = 0; i < 5; i++) await append(spool);
      if (batch === 2) database.lose(1);
      await shipper.drain();
    }
    expect(database.ids()).toEqual(Array.from({ length: 15 }, (_, i) => `1-${i + 1}`));
    expect([rewound, progress.cursor]).toEqual([1, spool.end]);
  } finally {
    await spool.close();
    remove();
  }
});

it('a database that lost more than the spool contains is an error with both offsets, and nothing is shipped', async () => {
  const { dir, remove } = aDirectory();
  const progress = new Progress();
  progress.cursor = 500;
  const spool = await openSpool(dir, { progress, cursor: 500 });
  const shipper = new Shipper({
    spool,
    sink: { commit: async () => ({ cursor: 20, rewound: true }) },
    clock: { now: () => 1_000 },
    progress,
    onError: () => {},
    onRewound: () => {},
  });
  try {
    await append(spool);
    await expect(shipper.drain()).rejects.toThrow(/usage up to byte 20, and the spool starts at byte 500/);
  } finally {
    await spool.close();
    remove();
  }
});

it('shipping is failing since the first failed attempt until one succeeds', async () => {
  const { dir, remove } = aDirectory();
  const progress = new Progress();
  const spool = await openSpool(dir, { progress });
  const database = aDatabase();
  let now = 1_000;
  let failures = 0;
  const shipper = new Shipper({
    spool,
    sink: { commit: (batch) => (failures < 3 ? Promise.reject(new Error('away')) : database.commit(batch)) },
    clock: { now: () => now },
    progress,
    onError: () => {
      failures += 1;
      now += 1_000;
      if (failures === 3) expect(progress.failingSince).toBe(1_000);
    },
    onRewound: () => {},
  });
  try {
    await append(spool);
    shipper.start();
    await expect.poll(() => progress.cursor).toBe(spool.end);
    expect([failures, progress.failingSince]).toEqual([3, null]);
  } finally {
    await shipper.halt();
    await spool.close();
    remove();
  }
});
