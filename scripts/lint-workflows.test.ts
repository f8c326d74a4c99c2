import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./lint-workflows.mjs', import.meta.url));
const VALID = `name: valid
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

test('the workflows of this repository pass', () => {
  expect(spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test('a valid workflow passes', () => {
  expect(lint(VALID)).toEqual({ code: 0, err: '' });
});

test.each([
  ['an unknown key', VALID.replace('timeout-minutes', 'timeout-minute'), 'unexpected key "timeout-minute"'],
  [
    'a reference to an unknown step',
    VALID.replace('github.event.head_commit.message', 'steps.nope.outputs.x'),
    'property "nope" is not defined',
  ],
  ['no permissions', VALID.replace('permissions: {}\n', ''), 'no permissions'],
  ['a job without a timeout', VALID.replace('    timeout-minutes: 5\n', ''), 'job one has no timeout-minutes'],
  ['an expression in a script', VALID.replace('$TITLE', `\${{ github.ref }}`), 'job one, step 2: an expression in run'],
  ['an action pinned to a branch', VALID.replace('@v4', '@main'), 'actions/checkout@main is not pinned to a version'],
  ['invalid YAML', 'on: [', 'w0.yml:1:'],
])('a workflow with %s fails', (_, text, expected) => {
  expect(lint(text)).toMatchObject({ code: 1, err: expect.stringContaining(expected) });
});

test('a directory without workflows fails', () => {
  expect(lint()).toMatchObject({ code: 1, err: expect.stringContaining('there is no workflow') });
});
