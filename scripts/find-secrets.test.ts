import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./find-secrets.mjs', import.meta.url));
/** Concatenated, so that the search does not find them in this file. */
const PLANTED = {
  'operator key': `af_admin_${'q7'.repeat(18)}`,
  'API key of a consumer': `af_live_${'Zt3'.repeat(12)}`,
  'Stripe key': `sk_live_${'4eC39Hq'.repeat(4)}`,
  'Stripe signing secret': `whsec_${'Rk8v'.repeat(8)}`,
  'database address with a password': `postgres://app:${'x9'.repeat(8)}@db.example.com/app`,
  'session of the console': `af_session_${'aB3'.repeat(14)}x`,
  'secret of the stack': `METRICS_TOKEN=${'ab12'.repeat(16)}`,
  preset: `ghp_${'a1B2'.repeat(9)}`,
};

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

function aDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'secrets-'));
  directories.push(path);
  return path;
}

function aRepository() {
  const path = aDirectory();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false', ...args], {
      cwd: path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const put = (name: string, text: string | Buffer) => writeFileSync(join(path, name), text);
  git('init', '--quiet');
  put('README.md', 'Nothing here.\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'begin');
  return { path, git, put };
}

function search(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { cwd, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

test('a repository without secrets passes and prints how much was searched', () => {
  const { path } = aRepository();
  expect(search(path)).toEqual({ code: 0, out: '2 contents searched, 0 secrets found\n', err: '' });
});

test.each(Object.entries(PLANTED))('%s is found in the file and line, and shown masked', (what, secret) => {
  const { path, put } = aRepository();
  put('notes.txt', `one\ntwo ${secret}\n`);
  const outcome = search(path);
  expect(outcome.code).toBe(1);
  if (what === 'preset') expect(outcome.err).toContain('notes.txt:2: ');
  else expect(outcome.err).toContain(`notes.txt:2: ${what}: `);
  expect(outcome.err + outcome.out).not.toContain(secret.slice(4, 24));
});

test('a comment can’t disable the search', () => {
  const { path, put } = aRepository();
  put('notes.txt', `// secretlint-disable\n${PLANTED['operator key']}\n${PLANTED.preset}\n`);
  expect(search(path)).toMatchObject({ code: 1, out: expect.stringContaining('2 secrets found') });
});

test.each([
  ['of npm', `//packages.example.com/:_authToken=npm_${'a1B2'.repeat(9)}`, 'a1B2'],
  ['of AWS', `aws_secret_access_key = ${'wJalrXUtnFEMIK7MDENG'}${'bPxRfiCYzyxwvutsrqpo'}`, 'wJalrXUtn'],
])('a secret %s is masked, although the rule’s message contains part of it', (_, text, secret) => {
  const { path, put } = aRepository();
  put('notes.txt', text);
  const { code, err } = search(path);
  expect(code).toBe(1);
  expect(err).not.toContain(secret);
});

test('a secret is found in UTF-16 and after an underscore; in deploy/secrets, every file is one', () => {
  const root = aDirectory();
  mkdirSync(join(root, 'deploy/secrets'), { recursive: true });
  const little = Buffer.from(`\ufeff${PLANTED['operator key']}`, 'utf16le');
  writeFileSync(join(root, 'little.txt'), little);
  writeFileSync(join(root, 'big.txt'), Buffer.from(little).swap16());
  writeFileSync(join(root, 'glued.txt'), `my_${PLANTED['Stripe key']}`);
  writeFileSync(join(root, 'deploy/secrets/operator_key'), 'ab12'.repeat(16));
  const { err } = search(tmpdir(), '--dir', root);
  for (const expected of [
    'little.txt:1: operator key',
    'big.txt:1: operator key',
    'glued.txt:1: Stripe key',
    'operator_key:1: file of deploy',
  ]) {
    expect(err).toContain(expected);
  }
});

test('a removed secret is found in the history, even on a branch that is not checked out', () => {
  const { path, git, put } = aRepository();
  git('checkout', '--quiet', '-b', 'other');
  put('key.txt', PLANTED['operator key']);
  git('add', '.');
  git('commit', '--quiet', '-m', 'add');
  git('rm', '--quiet', 'key.txt');
  git('commit', '--quiet', '-m', 'remove');
  git('checkout', '--quiet', '-');
  expect(search(path)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^blob [0-9a-f]{12} \(key\.txt\):1: operator key: af_a… \(45 characters\)\n$/),
  });
});

test('a secret is found in the index, in a message, in a binary and in an annotated tag', () => {
  const { path, git, put } = aRepository();
  put('staged.txt', PLANTED['Stripe key']);
  git('add', '.');
  put('staged.txt', '');
  expect(search(path)).toMatchObject({ code: 1, err: expect.stringMatching(/^blob \w+ \(staged\.txt\):1: Stripe key/) });
  put('image.bin', Buffer.concat([Buffer.from([0, 1, 2, 255]), Buffer.from(PLANTED['Stripe signing secret']), Buffer.from([0])]));
  git('rm', '--quiet', '-f', 'staged.txt');
  git('add', '.');
  git('commit', '--quiet', '-m', `use ${PLANTED['API key of a consumer']}`);
  git('tag', '-a', 'v1', '-m', PLANTED['operator key']);
  const { err } = search(path);
  for (const expected of [
    /^commit \w+:\d+: API key of a consumer/m,
    /^tag \w+ \(v1\):\d+: operator key/m,
    /^blob \w+ \(image\.bin\):1: Stripe signing secret/m,
  ]) {
    expect(err).toMatch(expected);
  }
});

test('allowed values pass; the same values with one character changed do not', () => {
  const { path, put } = aRepository();
  put('smoke.sh', `af_live_${'0'.repeat(36)} postgres://user:password@host/db\n`);
  expect(search(path).code).toBe(0);
  put('smoke.sh', `af_live_${'0'.repeat(35)}1\n`);
  expect(search(path).code).toBe(1);
  put('smoke.sh', `postgres://user:${'password'}1@host/db\n`);
  expect(search(path).code).toBe(1);
});

test('--dir searches only the given directories', () => {
  const root = aDirectory();
  mkdirSync(join(root, 'etc/app'), { recursive: true });
  writeFileSync(join(root, 'etc/app/env'), `DATABASE_URL=${PLANTED['database address with a password']}\n`);
  const outcome = search(tmpdir(), '--dir', root);
  expect(outcome).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${join(root, 'etc/app/env')}:1: database address with a password`),
  });
  expect(search(tmpdir(), '--dir', join(root, 'none')).code).toBe(2);
});

test('a search of an empty directory or a shallow clone fails', () => {
  expect(search(tmpdir(), '--dir', aDirectory())).toMatchObject({ code: 1, err: 'there was nothing to search\n' });
  const { path, git } = aRepository();
  git('commit', '--quiet', '--allow-empty', '-m', 'second');
  const shallow = join(aDirectory(), 'clone');
  git('clone', '--quiet', '--depth', '1', `file://${path}`, shallow);
  expect(search(shallow)).toMatchObject({ code: 1, err: expect.stringContaining('git fetch --unshallow') });
});
