import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./lint-workflows.mjs', import.meta.url));
const RIGHT = `name: right
on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
      - env:
          TITLE: \${{ github.event.head_commit.message }}
        run: echo "$TITLE"
`;

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

function lint(...workflows: string[]) {
  const path = mkdtempSync(join(tmpdir(), 'workflows-'));
  directories.push(path);
  for (const [index, text] of workflows.entries()) writeFileSync(join(path, `w${index}.yml`), text);
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, path], { encoding: 'utf8' });
  return { code: status, err: stderr };
}

test('the workflows of this repository are right', () => {
  expect(spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test('a workflow that is right passes', () => {
  expect(lint(RIGHT)).toEqual({ code: 0, err: '' });
});

test.each([
  ['an unknown key', RIGHT.replace('timeout-minutes', 'timeout-minute'), 'unexpected key "timeout-minute"'],
  ['a step that is not there', RIGHT.replace('github.event.head_commit.message', 'steps.nope.outputs.x'), 'property "nope" is not defined'],
  ['no permissions', RIGHT.replace('permissions: {}\n', ''), 'no permissions'],
  ['a job without an end', RIGHT.replace('    timeout-minutes: 5\n', ''), 'job one has no timeout-minutes'],
  ['an expression in a script', RIGHT.replace('$TITLE', `\${{ github.ref }}`), 'job one, step 2: an expression in run'],
  ['a branch as a version', RIGHT.replace('@v4', '@main'), 'actions/checkout@main is pinned to no version'],
  ['no YAML', 'on: [', 'w0.yml:1:'],
])('%s is refused', (_what, text, expected) => {
  expect(lint(text)).toMatchObject({ code: 1, err: expect.stringContaining(expected) });
});

test('a directory without workflows is no success', () => {
  expect(lint()).toMatchObject({ code: 1, err: expect.stringContaining('there is no workflow') });
});
