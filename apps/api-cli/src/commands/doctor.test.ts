import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdDirectory, startEmbedded } from '@api-factory/control';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyDatabase, freshDatabase } from '../../../../packages/control/src/testing/database.ts';
import { HEADER_BYTES } from '../../../../packages/gateway/src/spool/segments.ts';
import { append, openSpool } from '../../../../packages/gateway/src/testing/spool.ts';
import { runCli } from '../testing/terminal.ts';
import { checkClock } from './doctor/database.ts';
import type { Finding } from './doctor/finding.ts';
import { checkNode } from './doctor.ts';

function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function doctor(env: NodeJS.ProcessEnv): Promise<{ exitCode: number; checks: Finding[] }> {
  const { exitCode, stdout } = await runCli(['doctor', '--json'], { PORT: '0', ...env });
  return { exitCode, checks: JSON.parse(stdout).checks };
}

const finding = (checks: Finding[], check: string) => checks.find((one) => one.check === check);

async function listen(body: object): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return String((server.address() as AddressInfo).port);
}

test('a machine that never ran the product passes, and nothing is created', async () => {
  const home = aDirectory();
  const { exitCode, checks } = await doctor({ API_FACTORY_DATA_DIR: join(home, 'data') });
  expect(exitCode).toBe(0);
  expect(checks.map(({ check, state }) => `${check} ${state}`)).toEqual([
    'configuration ok',
    'node ok',
    'data directory ok',
    'database ok',
    'spool ok',
    'port ok',
  ]);
  expect(readdirSync(home)).toEqual([]);
});

test('the contents of an embedded database are checked while its server runs, and skipped while it does not', async () => {
  const dataDir = aDirectory();
  const server = await startEmbedded({ dataDir, log: { info: () => {}, warn: () => {} }, fsync: false });
  onTestFinished(() => server.stop());
  const { checks } = await doctor({ API_FACTORY_DATA_DIR: dataDir });
  expect(finding(checks, 'database')).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^embedded Postgres 18\.\d+ answers, in /),
  });
  expect(finding(checks, 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+ applied$/) });
  expect(finding(checks, 'clock')?.state).toBe('ok');

  await server.stop();
  const later = await doctor({ API_FACTORY_DATA_DIR: dataDir });
  expect(finding(later.checks, 'database')?.detail).toMatch(/not running, so its contents are not checked$/);
  expect(finding(later.checks, 'migrations')).toBeUndefined();
});

test('every invalid value is a failure that lists the allowed values', async () => {
  const { exitCode, checks } = await doctor({ PORT: '70000', LOG_LEVEL: 'loud' });
  expect(exitCode).toBe(1);
  expect(checks.filter(({ state }) => state === 'fail')).toHaveLength(2);
  expect(checks[0]).toMatchObject({ detail: 'PORT was "70000"', fix: 'Make it a whole number from 0 to 65535.' });
});

test.each([
  ['20.18.9', 'fail'],
  ['20.19.0', 'ok'],
  ['18.20.0', 'fail'],
  ['22.0.0', 'ok'],
])('Node %s is reported as %s', (version, state) => {
  expect(checkNode(version).state).toBe(state);
});

describe('the data directory', () => {
  test('fails when it is a file', async () => {
    const path = join(aDirectory(), 'file');
    writeFileSync(path, '');
    expect(finding((await doctor({ API_FACTORY_DATA_DIR: path })).checks, 'data directory')?.state).toBe('fail');
  });

  test('is a warning when a product that does not answer holds its lock', async () => {
    const path = aDirectory();
    const lock = await holdDirectory(path);
    onTestFinished(() => lock.release());
    const { exitCode, checks } = await doctor({ API_FACTORY_DATA_DIR: path });
    expect(finding(checks, 'data directory')).toMatchObject({ state: 'warn' });
    expect(exitCode).toBe(0);
  });
});

describe('the port', () => {
  const portOf = async (port: string) => finding((await doctor({ PORT: port, API_FACTORY_DATA_DIR: aDirectory() })).checks, 'port');

  test('fails when another program listens on it', async () => {
    expect(await portOf(await listen({ hello: 'there' }))).toMatchObject({ state: 'fail', fix: expect.stringContaining('PORT') });
  });

  test('passes when the product answers on it', async () => {
    expect(await portOf(await listen({ status: 'ok', version: '9.9.9' }))).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('api-factory 9.9.9'),
    });
  });

  test('is followed by a warning when the clock of the product on it differs', async () => {
    const detail = 'the product’s clock is 600 s ahead of this machine’s';
    const port = await listen({ status: 'ok', version: '9.9.9', checks: { clock: { ok: false, detail } } });
    const { checks } = await doctor({ PORT: port, API_FACTORY_DATA_DIR: aDirectory() });
    expect(finding(checks, 'product clock')).toMatchObject({ state: 'warn', detail });
  });

  test('fails when the product on it accepts no calls', async () => {
    expect((await portOf(await listen({ status: 'fail', version: '9.9.9' })))?.state).toBe('fail');
  });
});

describe('clocks', () => {
  test('that differ by up to a second pass, by up to five minutes are a warning, by more fail', () => {
    const states = [0, 1_000, -1_001, 300_000, 300_001, -300_001].map((aheadMs) => checkClock(aheadMs).state);
    expect(states).toEqual(['ok', 'ok', 'warn', 'warn', 'fail', 'fail']);
  });

  test('of a running product are not mentioned when they are correct', async () => {
    const clockFinding = async (checks: object) =>
      finding(
        (await doctor({ PORT: await listen({ status: 'ok', version: '9.9.9', checks }), API_FACTORY_DATA_DIR: aDirectory() })).checks,
        'product clock',
      );
    expect(await clockFinding({ clock: { ok: true } })).toBeUndefined();
  });
});

describe('a database at DATABASE_URL', () => {
  const withUrl = async (url: string) => (await doctor({ DATABASE_URL: url, API_FACTORY_DATA_DIR: aDirectory() })).checks;

  test('passes when it is up to date', async () => {
    const { url, drop } = await freshDatabase();
    onTestFinished(drop);
    const checks = await withUrl(url);
    expect(['database', 'migrations', 'clock', 'ledger'].map((check) => finding(checks, check)?.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('fails when its ledger differs from its events, and refers to the documentation', async () => {
    const { url, db, drop } = await freshDatabase();
    onTestFinished(drop);
    await sql`insert into plans (id, current_version) values ('p', 1)`.execute(db);
    await sql`insert into plan_versions (plan_id, version, name, quota_period, rate_window_seconds, snapshot_version) values ('p', 1, 'p', 'day', 60, 1)`.execute(
      db,
    );
    await sql`insert into entitlements (id, plan_id, plan_version, snapshot_version) values ('e', 'p', 1, 1)`.execute(db);
    await sql`insert into quotas (period_id, entitlement_id, starts_at, ends_at, settled) values ('q', 'e', now(), now() + interval '1 day', 2)`.execute(
      db,
    );
    await sql`insert into ledger (period_id, key_id, calls, units, last_used_at) values ('q', 'k', 2, 2, now())`.execute(db);
    expect(finding(await withUrl(url), 'ledger')).toMatchObject({ state: 'fail', fix: expect.stringContaining('docs/backup.md') });
  });

  test('without migrations is a warning, and none is applied', async () => {
    const { url, drop } = await emptyDatabase();
    onTestFinished(drop);
    expect(finding(await withUrl(url), 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+/) });
    expect(finding(await withUrl(url), 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+/) });
  });

  test('that can’t be reached fails, and its password is not printed', async () => {
    const found = finding(await withUrl('postgres://me:hunter2@127.0.0.1:1/db'), 'database');
    expect(found).toMatchObject({ state: 'fail', detail: expect.stringContaining('nothing listens on 127.0.0.1:1') });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('the spool', () => {
  /** A spool with two records, the first of them damaged. */
  async function checkDamaged(fsyncMs: number) {
    const home = aDirectory();
    const spool = await openSpool(join(home, 'spool'), { fsyncMs });
    await append(spool);
    await append(spool);
    await spool.close();
    const file = readdirSync(join(home, 'spool')).join();
    const path = join(home, 'spool', file);
    const bytes = readFileSync(path);
    bytes[HEADER_BYTES + 20] = ~(bytes[HEADER_BYTES + 20] ?? 0) & 0xff;
    writeFileSync(path, bytes);
    return { file, finding: finding((await doctor({ API_FACTORY_DATA_DIR: home })).checks, 'spool') };
  }

  test('fails when a file is damaged, and says where', async () => {
    const { file, finding } = await checkDamaged(0);
    expect(finding).toMatchObject({ state: 'fail', detail: expect.stringContaining(file) });
  });

  test('is a warning when a host crash explains the invalid record', async () => {
    const { file, finding } = await checkDamaged(60_000);
    expect(finding).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining(file),
      fix: expect.stringContaining('the next start truncates'),
    });
  });

  /** A spool with several files, of which the oldest `deletedFiles` are deleted. */
  async function checkFilled(env: NodeJS.ProcessEnv, deletedFiles: number) {
    const home = aDirectory();
    const spool = await openSpool(join(home, 'spool'), { fsyncMs: 0, segmentBytes: 500 });
    for (let i = 0; i < 10; i++) await append(spool);
    await spool.close();
    for (const file of readdirSync(join(home, 'spool')).sort().slice(0, deletedFiles)) rmSync(join(home, 'spool', file));
    return (await doctor({ API_FACTORY_DATA_DIR: home, ...env })).checks;
  }

  test('passes when it keeps a whole day, and explains the cost of a lower limit', async () => {
    expect(finding(await checkFilled({}, 0), 'spool')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/until the spool exceeds .* reduces what a restored database can recover$/),
    });
  });

  test('is a warning when its limit deleted usage of the last day', async () => {
    expect(finding(await checkFilled({ SPOOL_KEEP_GB: '0' }, 1), 'spool')).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('goes back only 0.0 h'),
      fix: expect.stringContaining('raise SPOOL_KEEP_GB'),
    });
  });

  test.each([
    ['0', 'ok'],
    ['10000000', 'fail'],
  ])('with a reserve of %s MB reports the disk as %s', async (SPOOL_RESERVE_MB, state) => {
    expect(finding(await checkFilled({ SPOOL_RESERVE_MB }, 0), 'disk')?.state).toBe(state);
  });
});
