import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./make-secrets.sh', import.meta.url));
const NAMES = ['database_url', 'grafana_password', 'metrics_token', 'operator_key', 'postgres_password', 'postgres_superuser_password'];

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

/** A copy of the script. It writes to the directory next to itself. */
function aCopy() {
  const home = mkdtempSync(join(tmpdir(), 'make-secrets-'));
  directories.push(home);
  const [script, secrets] = [join(home, 'make-secrets.sh'), join(home, 'secrets')];
  copyFileSync(SCRIPT, script);
  chmodSync(script, 0o755);
  return {
    script,
    secrets,
    read: (name: string) => readFileSync(join(secrets, name), 'utf8'),
    run: (args: string[] = [], env: Record<string, string> = {}, input = '') => {
      const { status, stdout, stderr } = spawnSync(script, args, { env: { ...process.env, ...env }, encoding: 'utf8', input });
      return { code: status, out: stdout, err: stderr };
    },
  };
}

test('creates the missing secrets in a directory that others can’t enter and keeps existing ones', () => {
  const { run, secrets, read } = aCopy();
  expect(run()).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(secrets).sort()).toEqual(NAMES);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
  expect(read('database_url')).toBe(`postgres://api_factory:${read('postgres_password')}@postgres:5432/api_factory`);
  const before = NAMES.map(read);
  writeFileSync(join(secrets, 'mine'), 'mine');
  rmSync(join(secrets, 'metrics_token'));
  expect(run().code).toBe(0);
  expect(NAMES.filter((name, at) => read(name) !== before[at])).toEqual(['metrics_token']);
});

test('concurrent runs all succeed, and database_url has the stored password', async () => {
  const { script, secrets, read } = aCopy();
  for (let round = 0; round < 10; round++) {
    rmSync(secrets, { recursive: true, force: true });
    const runs = [1, 2, 3].map(() => spawn(script, { stdio: 'ignore' }));
    expect(await Promise.all(runs.map(async (run) => (await once(run, 'exit'))[0]))).toEqual([0, 0, 0]);
    expect(read('database_url')).toContain(`:${read('postgres_password')}@`);
    expect(readdirSync(secrets).sort()).toEqual(NAMES);
  }
});

test('an empty file is filled, and a directory in place of a file is an error', () => {
  const { run, secrets, read } = aCopy();
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'operator_key'), '');
  mkdirSync(join(secrets, 'metrics_token'));
  expect(run()).toMatchObject({ code: 1, err: expect.stringContaining('rmdir deploy/secrets/metrics_token') });
  rmSync(join(secrets, 'metrics_token'), { recursive: true });
  expect(run().code).toBe(0);
  expect(read('operator_key')).toMatch(/^[0-9a-f]{64}$/);
});

test('without random bytes no secret is created', () => {
  const { run, secrets } = aCopy();
  const bin = join(secrets, '../bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'head'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  expect(run([], { PATH: `${bin}:${process.env.PATH}` })).toMatchObject({ code: 1, err: expect.stringContaining('/dev/urandom') });
  expect(readdirSync(secrets)).toEqual([]);
});

test.each([['--wrong'], ['', 'x']])('invalid arguments create nothing: %j %j', (...args) => {
  const { run, secrets } = aCopy();
  expect(run(args)).toMatchObject({ code: 2, err: expect.stringContaining('usage:') });
  expect(() => readdirSync(secrets)).toThrow('ENOENT');
});

test('--set writes a new or existing secret, readable in a container, and never prints it', () => {
  const { run, read, secrets } = aCopy();
  expect(run().code).toBe(0);
  for (const name of ['operator_key', 'stripe_secret_key']) {
    const { code, out, err } = run(['--set', name], {}, 'chosen-by-the-operator\n');
    expect(code, err).toBe(0);
    expect(out + err).not.toContain('chosen-by');
    expect(read(name)).toBe('chosen-by-the-operator');
    expect(statSync(join(secrets, name)).mode & 0o777).toBe(0o444);
  }
  expect(readdirSync(secrets).sort()).toEqual([...NAMES, 'stripe_secret_key']);
});

test.each([
  ['nothing on standard input', 'operator_key', '', 1],
  ['two lines', 'operator_key', 'one\ntwo\n', 1],
  ['a name with a path', '../operator_key', 'x\n', 2],
])('--set refuses %s and changes nothing', (_, name, input, code) => {
  const { run, read } = aCopy();
  run();
  const before = NAMES.map(read);
  expect(run(['--set', name], {}, input)).toMatchObject({ code, err: expect.stringMatching(/^error: /) });
  expect(NAMES.map(read)).toEqual(before);
});
