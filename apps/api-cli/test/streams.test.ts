import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUsageSink, type Database } from '@api-factory/control';
import { freshDatabase } from '@api-factory/control/testing/database';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { Progress } from '../../../packages/gateway/src/spool/progress.ts';
import { encodeStreamEnd } from '../../../packages/gateway/src/spool/record.ts';
import { Shipper } from '../../../packages/gateway/src/spool/shipper.ts';
import { Spool } from '../../../packages/gateway/src/spool/spool.ts';
import { anEvent } from '../../../packages/gateway/src/testing/spool.ts';
import { buildCommand, freePort, startCommand } from './support/process.ts';

const cleanups: (() => unknown)[] = [];
beforeAll(buildCommand, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function aDatabase() {
  const database = await freshDatabase();
  cleanups.push(() => database.drop());
  const dataDir = mkdtempSync(join(tmpdir(), 'api-factory-streams-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  return { ...database, dataDir };
}

const outcomesOf = async (db: Database) =>
  (await db.selectFrom('usage_events').select(['outcome', 'response_bytes']).orderBy('ts').orderBy('id').execute()).map(
    ({ outcome, response_bytes }) => ({ outcome, all: Number(response_bytes) > RESPONSE_BYTES }),
  );

/** Exceeds the socket buffers of both sides, so that the stream stays open while unread. */
const ROWS = 130_000;
const COLUMN = 'c'.repeat(100);
const RESPONSE_BYTES = ROWS * COLUMN.length;

/** Starts a call with a streamed response, without reading it. */
async function startStream(address: string, key: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const call = request(`${address}/api/v1/actions`, { method: 'POST', headers, agent: false });
  call.end(JSON.stringify({ action: 'csv_to_json', payload: { csv: `${COLUMN}\n${'1\n'.repeat(ROWS)}` } }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  expect(answer.statusCode).toBe(200);
  return answer;
}

it('a stream cut off by a kill after its start was shipped counts as aborted, and one that finishes during a stop as complete', {
  timeout: 120_000,
}, async () => {
  const { db, url, dataDir } = await aDatabase();
  const env = { PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, DATABASE_URL: url, LOG_LEVEL: 'warn' };
  let running = await startCommand(env);
  cleanups.push(() => running.process.kill('SIGKILL'));
  const { key } = await running.issue({ quota: 1_000, rate: null });
  await startStream(running.address, key);
  await expect.poll(() => outcomesOf(db), { timeout: 20_000 }).toHaveLength(1);
  await running.end('SIGKILL');
  running = await startCommand(env);
  expect(await outcomesOf(db)).toEqual([{ outcome: 'aborted', all: false }]);
  const answer = await startStream(running.address, key);
  await expect.poll(() => outcomesOf(db), { timeout: 20_000 }).toHaveLength(2);
  const ended = running.end('SIGTERM');
  answer.resume();
  await once(answer, 'end');
  expect(await ended).toBe(0);
  expect(await outcomesOf(db)).toEqual([
    { outcome: 'aborted', all: false },
    { outcome: 'complete', all: true },
  ]);
});

/** Opens the spool like a starting product, and appends the event of a streamed response. */
async function aStart(db: Database, dataDir: string) {
  const gatewayId = 'gw_streams';
  const sink = createUsageSink(db, { gatewayId });
  const { epoch, cursor, installationId } = await sink.open({ gatewayId, installationId: null, bootId: 'boot' });
  const progress = new Progress();
  progress.cursor = cursor;
  const owner = { gatewayId, installationId };
  const spool = await Spool.open({ dir: join(dataDir, 'spool'), owner, epoch, cursor, rebooted: false, progress, fsyncMs: 10 });
  const shipper = new Shipper({ spool, sink, clock: { now: () => Date.now() }, progress, onError: () => {}, onRewound: () => {} });
  const parts = anEvent({ streamed: true, ts: Date.now() });
  spool.appendEvent(parts, () => {});
  return { spool, ship: () => spool.flushed().then(() => shipper.drain()), parts };
}

it.each([
  ['before its start was shipped', false],
  ['after its start was shipped', true],
])('a stream cut off %s counts as aborted at the next start, whose own stream is not affected', async (_, shipped) => {
  const { db, dataDir } = await aDatabase();
  const first = await aStart(db, dataDir);
  if (shipped) await first.ship();
  await first.spool.close();
  const second = await aStart(db, dataDir);
  const { epoch, sequence, ts } = second.parts;
  second.spool.appendFrame(encodeStreamEnd({ epoch, sequence, ts, responseBytes: 5, durationMs: 1, outcome: 'complete' }), () => {});
  await second.ship();
  await second.spool.close();
  expect((await outcomesOf(db)).map(({ outcome }) => outcome)).toEqual(['aborted', 'complete']);
});
