import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY } from './support/api.ts';
import { buildCommand, freePort, spawnServe, startCommand } from './support/process.ts';

let dataDir: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  await buildCommand();
  database = await freshDatabase();
}, 120_000);
afterAll(() => database.drop());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-start-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(dataDir, { recursive: true, force: true });
});

const envOf = (env: Record<string, string> = {}): Record<string, string> & { PORT: string } => ({
  PORT: '0',
  API_FACTORY_DATA_DIR: dataDir,
  DATABASE_URL: database.url,
  LOG_LEVEL: 'info',
  ...env,
});

/** Starts the product and waits for it to exit. */
async function failedStart(env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  const { child, output } = spawnServe(envOf(env));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output: output() };
}

/** Runs a product for `calls` calls and stops it. @returns the path of its spool segment */
async function usedDirectory(calls: number): Promise<string> {
  const running = await startCommand(envOf({ PORT: String(await freePort()) }));
  const { key } = await running.issue();
  for (let i = 0; i < calls; i++) expect((await running.call(key)).status).toBe(200);
  await running.end('SIGTERM');
  const [segment] = readdirSync(join(dataDir, 'spool'));
  return join(dataDir, 'spool', segment as string);
}

describe('a failed start reports its reason:', () => {
  it('all invalid environment variables at once, without their secrets', async () => {
    const { code, output } = await failedStart({ PORT: '99999', LOG_LEVEL: 'loud', API_FACTORY_ADMIN_KEY: 'short-secret' });
    expect(code).toBe(1);
    for (const word of ['PORT', '99999', 'LOG_LEVEL', 'loud', 'API_FACTORY_ADMIN_KEY', '32']) expect(output).toContain(word);
    expect(output).not.toContain('short-secret');
  });

  it.each([
    ['a server that is down', 'postgres://u:hunter2secret@127.0.0.1:1/x', /127\.0\.0\.1:1|refused/i],
    ['an unknown host', 'postgres://u:hunter2secret@no-such-host.invalid/x', /no-such-host\.invalid/],
  ])('a DATABASE_URL with %s', async (_case, url, reason) => {
    const { code, output } = await failedStart({ DATABASE_URL: url });
    expect(code).toBe(1);
    expect(output).toMatch(reason);
    expect(output).toContain('DATABASE_URL');
    expect(output).not.toContain('hunter2secret');
  });

  it('a database that is newer than the code', async () => {
    const newer = await freshDatabase();
    cleanups.push(() => newer.drop());
    await sql`insert into migrations (number, name, sha) values (9999, '9999_from_the_future.sql', 'x')`.execute(newer.db);
    const { code, output } = await failedStart({ DATABASE_URL: newer.url });
    expect(code).toBe(1);
    expect(output).toContain('9999_from_the_future.sql');
  });

  it('a data directory or a database that another product uses', async () => {
    const running = await startCommand(envOf({ PORT: String(await freePort()) }));
    cleanups.push(() => running.end('SIGTERM'));
    const sameDirectory = await failedStart();
    expect([sameDirectory.code, sameDirectory.output]).toEqual([1, expect.stringContaining('API_FACTORY_DATA_DIR')]);
    const other = mkdtempSync(join(tmpdir(), 'api-factory-start-'));
    cleanups.push(() => rmSync(other, { recursive: true, force: true }));
    const sameDatabase = await failedStart({ API_FACTORY_DATA_DIR: other });
    expect([sameDatabase.code, sameDatabase.output]).toEqual([1, expect.stringMatching(/database/)]);
  });

  it('a port that is in use', async () => {
    const port = String(await freePort());
    const running = await startCommand(envOf({ PORT: port }));
    cleanups.push(() => running.end('SIGTERM'));
    const other = mkdtempSync(join(tmpdir(), 'api-factory-start-'));
    const another = await freshDatabase();
    cleanups.push(
      () => another.drop(),
      () => rmSync(other, { recursive: true, force: true }),
    );
    const { code, output } = await failedStart({ PORT: port, API_FACTORY_DATA_DIR: other, DATABASE_URL: another.url });
    expect(code).toBe(1);
    expect(output).toContain(port);
    expect(output).toContain('PORT');
  });
});

describe('a signal during startup', () => {
  it('stops the product and its embedded database', async () => {
    const { child, output } = spawnServe({ PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, LOG_LEVEL: 'info' });
    await expect.poll(output, { interval: 2, timeout: 30_000 }).toContain('embedded database ready');
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });
});

/** The offset after the segment header (256 bytes) and the sync marker that starts each write. */
const FIRST_EVENT_AT = 274;

describe('a spool at startup', () => {
  it('with an incomplete last record is truncated, and the product starts', async () => {
    const segment = await usedDirectory(3);
    const whole = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([whole, whole.subarray(FIRST_EVENT_AT, FIRST_EVENT_AT + 40)]));
    const running = await startCommand(envOf({ PORT: String(await freePort()) }));
    cleanups.push(() => running.end('SIGTERM'));
    expect(statSync(segment).size).toBe(whole.length);
    const { key } = await running.issue();
    expect((await running.call(key)).status).toBe(200);
  });

  it('with damage before unshipped records prevents startup; the error reports the position, and nothing is changed', async () => {
    const segment = await usedDirectory(3);
    await sql`update gateways set "cursor" = 0`.execute(database.db);
    const bytes = readFileSync(segment);
    bytes[FIRST_EVENT_AT + 20] = (bytes[FIRST_EVENT_AT + 20] as number) ^ 0xff;
    writeFileSync(segment, bytes);
    const { code, output } = await failedStart();
    expect(code).toBe(1);
    expect(output).toContain(segment);
    expect(output).toContain(`byte ${FIRST_EVENT_AT}:`);
    expect(readFileSync(segment).equals(bytes)).toBe(true);
  });

  it('of another installation is rejected', async () => {
    await usedDirectory(1);
    const other = await freshDatabase();
    cleanups.push(() => other.drop());
    await sql`update installation set id = 'ins_other'`.execute(other.db);
    const { code, output } = await failedStart({ DATABASE_URL: other.url });
    expect(code).toBe(1);
    expect(output).toContain('ins_other');
  });
});

describe('the operator key', () => {
  it('is created once, in a file that only its owner can read, and works', async () => {
    const empty = await emptyDatabase();
    cleanups.push(() => empty.drop());
    const env = envOf({ PORT: String(await freePort()), DATABASE_URL: empty.url });
    const first = await startCommand(env, { withoutAdminKey: true });
    const path = join(dataDir, 'operator-key');
    const key = readFileSync(path, 'utf8').trim();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(first.output()).toContain(path);
    expect(first.output()).not.toContain(key);
    const list = (bearer: string) => first.request('GET', '/api/admin/keys', { headers: { authorization: `Bearer ${bearer}` } });
    expect((await list(key)).status).toBe(200);
    expect((await list(ADMIN_KEY)).status).toBe(401);
    await first.end('SIGTERM');
    const second = await startCommand(env, { withoutAdminKey: true });
    expect(readFileSync(path, 'utf8').trim()).toBe(key);
    await second.end('SIGTERM');
  });
});
