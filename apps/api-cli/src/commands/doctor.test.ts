import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdDirectory, startEmbedded } from '@api-factory/control';
import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { emptyDatabase, freshDatabase } from '../../../../packages/control/src/testing/database.ts';
import { HEADER_BYTES } from '../../../../packages/gateway/src/spool/segments.ts';
import { append, openSpool } from '../../../../packages/gateway/src/testing/spool.ts';
import { runCli } from '../testing/terminal.ts';
import { clock } from './doctor/database.ts';
import type { Finding } from './doctor/finding.ts';
import { checkNode } from './doctor/node.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanups.splice(0).reverse()) await step();
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'doctor-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
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
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return String((server.address() as AddressInfo).port);
}

test('a machine that never ran the product is fine, and nothing is made', async () => {
  const home = directory();
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

test('an embedded database is looked into while its server runs, and only named while it does not', async () => {
  const dataDir = directory();
  const server = await startEmbedded({ dataDir, log: { info: () => {}, warn: () => {} }, fsync: false });
  cleanups.push(() => server.stop());
  const { checks } = await doctor({ API_FACTORY_DATA_DIR: dataDir });
  expect(finding(checks, 'database')).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^embedded Postgres 18\.\d+ answers, in /),
  });
  expect(finding(checks, 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+ applied$/) });
  expect(finding(checks, 'clock')?.state).toBe('ok');

  await server.stop();
  const later = await doctor({ API_FACTORY_DATA_DIR: dataDir });
  expect(finding(later.checks, 'database')?.detail).toMatch(/not running, so not looked into$/);
  expect(finding(later.checks, 'migrations')).toBeUndefined();
});

test('every wrong value fails, with what it may be', async () => {
  const { exitCode, checks } = await doctor({ PORT: '70000', LOG_LEVEL: 'loud' });
  expect(exitCode).toBe(1);
  expect(checks.filter(({ state }) => state === 'fail')).toHaveLength(2);
  expect(checks[0]).toMatchObject({ detail: 'PORT was "70000"', mend: 'Make it a whole number from 0 to 65535.' });
});

test.each([
  ['20.18.9', 'fail'],
  ['20.19.0', 'ok'],
  ['18.20.0', 'fail'],
  ['22.0.0', 'ok'],
])('Node %s: %s', (version, state) => {
  expect(checkNode(version).state).toBe(state);
});

describe('data directory', () => {
  test('a file in its place fails', async () => {
    const path = join(directory(), 'file');
    writeFileSync(path, '');
    expect(finding((await doctor({ API_FACTORY_DATA_DIR: path })).checks, 'data directory')?.state).toBe('fail');
  });

  test('one that another product holds, which does not answer, is a warning', async () => {
    const path = directory();
    const lock = await holdDirectory(path);
    cleanups.push(() => lock.release());
    const { exitCode, checks } = await doctor({ API_FACTORY_DATA_DIR: path });
    expect(finding(checks, 'data directory')).toMatchObject({ state: 'warn' });
    expect(exitCode).toBe(0);
  });
});

describe('port', () => {
  const portOf = async (port: string) => finding((await doctor({ PORT: port, API_FACTORY_DATA_DIR: directory() })).checks, 'port');

  test('a foreign listener fails', async () => {
    expect(await portOf(await listen({ hello: 'there' }))).toMatchObject({ state: 'fail', mend: expect.stringContaining('PORT') });
  });

  test('the running product is fine', async () => {
    expect(await portOf(await listen({ status: 'ok', version: '9.9.9' }))).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('api-factory 9.9.9'),
    });
  });

  test('a running product whose clock no longer agrees with the machine’s is a warning', async () => {
    const detail = 'the product’s clock is 600 s ahead of this machine’s';
    const port = await listen({ status: 'ok', version: '9.9.9', checks: { clock: { ok: false, detail } } });
    const { checks } = await doctor({ PORT: port, API_FACTORY_DATA_DIR: directory() });
    expect(finding(checks, 'product clock')).toMatchObject({ state: 'warn', detail });
  });

  test('a running product that takes no calls fails', async () => {
    expect((await portOf(await listen({ status: 'fail', version: '9.9.9' })))?.state).toBe('fail');
  });
});

describe('clocks', () => {
  test('up to a second is fine, up to five minutes a warning, more fails', () => {
    const states = [0, 1_000, -1_001, 300_000, 300_001, -300_001].map((aheadMs) => clock(aheadMs).state);
    expect(states).toEqual(['ok', 'ok', 'warn', 'warn', 'fail', 'fail']);
  });

  test('a running product whose clock is right is not mentioned', async () => {
    const ask = async (checks: object) =>
      finding(
        (await doctor({ PORT: await listen({ status: 'ok', version: '9.9.9', checks }), API_FACTORY_DATA_DIR: directory() })).checks,
        'product clock',
      );
    expect(await ask({ clock: { ok: true } })).toBeUndefined();
  });
});

describe('a given database', () => {
  const withUrl = async (url: string) => (await doctor({ DATABASE_URL: url, API_FACTORY_DATA_DIR: directory() })).checks;

  test('that is up to date passes, with its clock', async () => {
    const { url, drop } = await freshDatabase();
    cleanups.push(drop);
    const checks = await withUrl(url);
    expect(['database', 'migrations', 'clock', 'ledger'].map((check) => finding(checks, check)?.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('whose ledger differs from its events fails, and says where to read on', async () => {
    const { url, db, drop } = await freshDatabase();
    cleanups.push(drop);
    await sql`insert into plans (id, current_version) values ('p', 1)`.execute(db);
    await sql`insert into plan_versions (plan_id, version, name, quota_period, rate_window_seconds, snapshot_version) values ('p', 1, 'p', 'day', 60, 1)`.execute(
      db,
    );
    await sql`insert into entitlements (id, plan_id, plan_version, snapshot_version) values ('e', 'p', 1, 1)`.execute(db);
    await sql`insert into quotas (period_id, entitlement_id, starts_at, ends_at, settled) values ('q', 'e', now(), now() + interval '1 day', 2)`.execute(
      db,
    );
    await sql`insert into ledger (period_id, key_id, calls, units, last_used_at) values ('q', 'k', 2, 2, now())`.execute(db);
    expect(finding(await withUrl(url), 'ledger')).toMatchObject({ state: 'fail', mend: expect.stringContaining('docs/backup.md') });
  });

  test('that has no migration yet is a warning, and none is applied', async () => {
    const { url, drop } = await emptyDatabase();
    cleanups.push(drop);
    expect(finding(await withUrl(url), 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+/) });
    expect(finding(await withUrl(url), 'migrations')).toMatchObject({ state: 'warn', detail: expect.stringMatching(/^0 of \d+/) });
  });

  test('that can’t be reached fails, without its password', async () => {
    const found = finding(await withUrl('postgres://me:hunter2@127.0.0.1:1/db'), 'database');
    expect(found).toMatchObject({ state: 'fail', detail: expect.stringContaining('nothing listens on 127.0.0.1:1') });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('spool', () => {
  /** A spool of two records whose first is damaged. */
  async function damaged(fsyncMs: number) {
    const home = directory();
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

  test('a damaged file fails, and tells where', async () => {
    const { file, finding } = await damaged(0);
    expect(finding).toMatchObject({ state: 'fail', detail: expect.stringContaining(file) });
  });

  test('a hole that a crash of the host explains is a warning', async () => {
    const { file, finding } = await damaged(60_000);
    expect(finding).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining(file),
      mend: expect.stringContaining('the next start cuts'),
    });
  });

  /** A spool of a few files. */
  async function filled(env: NodeJS.ProcessEnv, forget: number) {
    const home = directory();
    const spool = await openSpool(join(home, 'spool'), { fsyncMs: 0, segmentBytes: 500 });
    for (let i = 0; i < 10; i++) await append(spool);
    await spool.close();
    for (const file of readdirSync(join(home, 'spool')).sort().slice(0, forget)) rmSync(join(home, 'spool', file));
    return (await doctor({ API_FACTORY_DATA_DIR: home, ...env })).checks;
  }

  test('one that keeps all of a day is fine, and says what a smaller bound costs', async () => {
    expect(finding(await filled({}, 0), 'spool')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/until the spool exceeds .* shortens what a restored database can catch up on$/),
    });
  });

  test('one whose bound has deleted usage of the day is a warning', async () => {
    expect(finding(await filled({ SPOOL_KEEP_GB: '0' }, 1), 'spool')).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('they reach back 0.0 h'),
      mend: expect.stringContaining('raise SPOOL_KEEP_GB'),
    });
  });

  test.each([
    ['0', 'ok'],
    ['10000000', 'fail'],
  ])('with a reserve of %s MB the disk is: %s', async (SPOOL_RESERVE_MB, state) => {
    expect(finding(await filled({ SPOOL_RESERVE_MB }, 0), 'disk')?.state).toBe(state);
  });
});
