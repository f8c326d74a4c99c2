import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aDirectory, append, openSpool } from '../testing/spool.ts';
import { newestEpoch } from './newest-epoch.ts';
import { encodeRefusals } from './record.ts';

let dir: string;
let remove: () => void;
beforeEach(() => {
  ({ dir, remove } = aDirectory());
});
afterEach(() => remove());

it('the newest epoch is 0 without a spool and without records', async () => {
  expect(await newestEpoch(join(dir, 'none'), 0)).toBe(0);
  await (await openSpool(dir)).close();
  expect(await newestEpoch(dir, 0)).toBe(0);
});

it('the newest epoch is the highest of the unshipped records, over several starts and segments', async () => {
  let end = 0;
  const ends: number[] = [];
  for (const epoch of [3, 4, 5]) {
    const spool = await openSpool(dir, { epoch, cursor: end, segmentBytes: 200, fsyncMs: 0 });
    for (let i = 0; i < 3; i++) await append(spool);
    end = spool.end;
    ends.push(end);
    await spool.close();
  }
  expect(readdirSync(dir).length).toBeGreaterThan(2);
  expect(await Promise.all([0, ...ends].map((from) => newestEpoch(dir, from)))).toEqual([5, 5, 5, 0]);
});

it('the newest epoch ignores an incomplete record at the end', async () => {
  const spool = await openSpool(dir, { epoch: 2 });
  await append(spool);
  await spool.close();
  appendFileSync(join(dir, readdirSync(dir)[0] as string), Buffer.from([50, 0, 0, 0, 1, 2, 3]));
  expect(await newestEpoch(dir, 0)).toBe(2);
});

it('the newest epoch is found before segments with only refusals, which have no epoch', async () => {
  const spool = await openSpool(dir, { epoch: 7, segmentBytes: 200, fsyncMs: 0 });
  await append(spool);
  const refusals = encodeRefusals({ minute: 0, count: 1, entitlementId: 'ent_1', keyId: 'key_1', code: 'RATE_LIMITED' });
  for (let i = 0; i < 20; i++) await new Promise<void>((done) => spool.appendFrame(refusals, () => done()));
  await spool.close();
  expect(readdirSync(dir).length).toBeGreaterThan(2);
  expect(await newestEpoch(dir, 0)).toBe(7);
});
