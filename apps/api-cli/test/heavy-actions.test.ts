import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@api-factory/control/testing/database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommand, freePort, type RunningCommand, startCommand } from './support/process.ts';

/** The built command, in which heavy actions run on separate threads. */
let product: RunningCommand;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let dataDir: string;

beforeAll(async () => {
  await buildCommand();
  database = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-'));
  product = await startCommand({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, DATABASE_URL: database.url });
}, 300_000);
afterAll(async () => {
  if (product.process.exitCode === null) await product.end('SIGKILL');
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const metric = async (name: string): Promise<number> => {
  const page = String((await product.request('GET', '/_api/metrics')).body);
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(page)?.[1]);
};

test('heavy actions run on threads, those beyond four in flight are refused at no cost, and shutdown ends the threads', async () => {
  const { key } = await product.issue({ quota: 1_000 });
  expect(await metric('api_factory_heavy_threads')).toBe(0);
  const text = 'one two '.repeat(25_000);
  const answers = await Promise.all(Array.from({ length: 12 }, () => product.call(key, 'text_stats', { text })));
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect(served.length).toBeGreaterThanOrEqual(4);
  expect(served.length + refused.length).toBe(12);
  for (const { body } of served) expect(body.data).toMatchObject({ characters: 200_000, words: 50_000, uniqueWords: 2 });
  for (const { body } of refused) expect(body.error.details).toEqual({ policy: 'concurrency', limit: 4, retryAfter: 1 });
  expect(await metric('api_factory_heavy_threads')).toBeGreaterThanOrEqual(1);
  expect(await metric('api_factory_rate_limited_total{policy="concurrency"}')).toBe(refused.length);

  const picture = await product.call(key, 'qr_code', { text: '🖤🌹' });
  expect(picture.body.data.svg).toContain('<svg');
  const rows = await product.call(key, 'csv_to_json', { csv: 'a,b\n1,2\r\n3,4\n' });
  expect([rows.body.data, rows.headers.get('x-ratelimit-remaining')]).toEqual([
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
    String(1_000 - served.length - 5 - 2),
  ]);
  const wrong = await product.call(key, 'csv_to_json', { csv: 'a,a' });
  expect([wrong.status, wrong.body.code, wrong.body.errors[0].pointer]).toEqual([400, 'VALIDATION_FAILED', '#/payload/csv']);
  expect(await product.end('SIGTERM')).toBe(0);
}, 120_000);
