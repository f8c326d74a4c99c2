import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@api-factory/control/testing/database';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ADMIN_KEY } from './support/api.ts';
import { buildCommand, ENTRY, freePort, plainEnv, startCommand } from './support/process.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let dataDir: string;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  await buildCommand();
  database = await freshDatabase();
}, 120_000);
afterAll(() => database.drop());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-logging-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(dataDir, { recursive: true, force: true });
});

const envOf = async (env: Record<string, string> = {}) => ({
  PORT: String(await freePort()),
  API_FACTORY_DATA_DIR: dataDir,
  DATABASE_URL: database.url,
  LOG_LEVEL: 'debug',
  ...env,
});

/** Starts the product without reading its standard output. */
async function startUnread(): Promise<{ child: ChildProcess; address: string }> {
  const env = await envOf();
  const child = spawn(process.execPath, [ENTRY, 'serve'], { env: plainEnv(env), stdio: ['ignore', 'pipe', 'ignore'] });
  cleanups.push(() => child.kill('SIGKILL'));
  const address = `http://127.0.0.1:${env.PORT}`;
  await expect
    .poll(
      () =>
        fetch(`${address}/_api/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 60_000 },
    )
    .toBe(200);
  return { child, address };
}

it('calls and shutdown work while nobody reads the log', async () => {
  const { child, address } = await startUnread();
  // Each call logs at least 100 bytes: in total far more than the pipe and the parent can buffer.
  const callMany = async () => {
    for (let i = 0; i < 500; i++) expect((await fetch(`${address}/_api/livez`)).status).toBe(200);
  };
  await Promise.all(Array.from({ length: 8 }, callMany));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 60_000);

it('a reader that resumes gets every buffered line, including the last line of shutdown', async () => {
  const { child, address } = await startUnread();
  for (let i = 0; i < 2_000; i++) await fetch(`${address}/_api/livez`);
  let text = '';
  child.stdout?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  child.kill('SIGTERM');
  await once(child, 'close');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; path?: string });
  expect(lines.filter(({ path }) => path === '/_api/livez')).toHaveLength(2_000);
  expect(lines.at(-1)?.msg).toBe('stopped');
}, 60_000);

it('after an uncaught exception the product exits only once its last lines are written', async () => {
  const thrower = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('planted'); })")}`;
  const running = await startCommand(await envOf({ NODE_OPTIONS: `--import=${thrower}`, LOG_LEVEL: 'info' }));
  expect(await running.end('SIGUSR2')).toBe(1);
  await expect.poll(running.output).toContain('"msg":"stopped"');
  expect(running.output()).toContain('planted');
  expect(running.output()).not.toContain(ADMIN_KEY);
}, 60_000);
