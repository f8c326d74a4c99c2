import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./lint-commits.mjs', import.meta.url));
// Isolates git from the machine's hooks and settings.
const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'a'],
      [`GIT_${who}_EMAIL`, 'a@example.com'],
    ]),
  ),
};

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

function emptyDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'commits-'));
  directories.push(path);
  return path;
}

function run(cwd: string, command: string, ...args: string[]) {
  return spawnSync(command, args, { cwd, env: ENV, encoding: 'utf8' });
}

function git(cwd: string, ...args: string[]): void {
  const { status, stderr } = run(cwd, 'git', ...args);
  if (status !== 0) throw new Error(stderr);
}

const commit = (cwd: string, ...subjects: string[]) => {
  for (const subject of subjects) git(cwd, 'commit', '-q', '--allow-empty', '-m', subject);
};

/** A repository on the branch `change`, which adds `subjects` to a main with one commit. */
function branchWith(...subjects: string[]): string {
  const path = emptyDirectory();
  git(path, 'init', '-q', '-b', 'main');
  commit(path, 'A commit from before the rule');
  git(path, 'checkout', '-q', '-b', 'change');
  commit(path, ...subjects);
  return path;
}

const lint = (cwd: string, ...args: string[]) => run(cwd, process.execPath, SCRIPT, ...args);

describe('a commit that a branch adds', () => {
  test.each([
    'feat: add keys',
    'fix(keys): reject an expired key',
    'refactor(api-cli/web)!: drop a page',
    `docs: ${'x'.repeat(66)}`,
    'revert: feat: add keys',
  ])('passes with the subject %j', (subject) => {
    expect(lint(branchWith(subject))).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    ['Add keys', 'is not "type(scope): description"'],
    ['feat add keys', 'is not "type(scope): description"'],
    ['feat(): add keys', 'is not "type(scope): description"'],
    ['feature: add keys', 'unknown type "feature"'],
    ['fix: reject an expired key.', 'ends with a period'],
    [`docs: ${'x'.repeat(67)}`, 'has 73 characters'],
  ])('fails with the subject %j: %s', (subject, fault) => {
    const { status, stderr } = lint(branchWith('feat: add keys', subject, 'feat: show keys'));
    expect(status).toBe(1);
    expect(stderr).toContain(`${JSON.stringify(subject)}: `);
    expect(stderr).toContain(fault);
    expect(stderr).not.toContain('"feat: add keys"');
  });
});

test('a merge commit is exempt, but the commits that it merges are not', () => {
  const path = branchWith('feat: add keys');
  git(path, 'checkout', '-q', 'main');
  git(path, 'merge', '-q', '--no-ff', '-m', 'Merge branch change', 'change');
  expect(lint(path)).toMatchObject({ status: 0 });
  git(path, 'checkout', '-q', 'change');
  commit(path, 'Add less');
  git(path, 'checkout', '-q', 'main');
  git(path, 'merge', '-q', '--no-ff', '-m', 'Merge branch change again', 'change');
  const { status, stderr } = lint(path);
  expect(status).toBe(1);
  expect(stderr).toContain('"Add less"');
});

test('in a shallow clone only the last commit is checked, and the output says so', () => {
  const origin = branchWith('Add keys', 'feat: show keys');
  const path = emptyDirectory();
  git(path, 'clone', '-q', '--depth', '1', `file://${origin}`, 'shallow');
  const clone = join(path, 'shallow');
  git(clone, 'branch', '-q', '-m', 'main');
  const passed = lint(clone);
  expect(passed).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('only the last one is checked, because this clone is shallow'),
  });
  git(clone, 'commit', '-q', '--amend', '--allow-empty', '-m', 'Add keys');
  expect(lint(clone).status).toBe(1);
});

test('a given base that does not exist is an error', () => {
  const { status, stderr } = lint(branchWith('feat: add keys'), 'no-such-base');
  expect([status, stderr]).toEqual([2, '"no-such-base" is not a commit of this clone.\n']);
});
