import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'lint-files.mjs');
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** Lints a repository with these files. */
function lint(files: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'lint-files-'));
  directories.push(directory);
  spawnSync('git', ['init', '--quiet', directory]);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, directory], { encoding: 'utf8' });
  return { status, findings: stderr.split('\n').filter((line) => line !== '') };
}

const lines = (count: number) => 'let x = 1;\n'.repeat(count);

describe('a comment', () => {
  test.each(['// ', '/** ', ' * '])('of 100 columns passes and of 101 fails, after %j', (start) => {
    expect(lint({ 'a.ts': `${start.padEnd(100, 'x,')}\n` })).toEqual({ status: 0, findings: [] });
    expect(lint({ 'a.ts': `${start.padEnd(101, 'x,')}\n` })).toEqual({
      status: 1,
      findings: ['a.ts:1: the comment has 101 columns; the limit is 100'],
    });
  });

  test('with a URL or a directive may be longer', () => {
    const rest = 'x '.repeat(60);
    expect(lint({ 'a.ts': `// https://example.org ${rest}\n// biome-ignore lint/x: ${rest}\n` }).status).toBe(0);
  });

  test('is not confused with code', () => {
    expect(lint({ 'a.ts': `const text = '${'x'.repeat(120)}';\n` }).status).toBe(0);
  });
});

describe('a source file', () => {
  test('of 250 lines passes and of 251 fails', () => {
    expect(lint({ 'a.ts': lines(250) }).status).toBe(0);
    const { status, findings } = lint({ 'a.ts': lines(251) });
    expect(status).toBe(1);
    expect(findings).toEqual([expect.stringContaining('a.ts: the file has 251 lines; the limit is 250')]);
  });

  test('of 251 lines passes when it gives its reason or is a test', () => {
    expect(lint({ 'a.ts': `// Over 250 lines because it is one state machine.\n${lines(250)}` }).status).toBe(0);
    expect(lint({ 'a.test.ts': lines(251) }).status).toBe(0);
  });
});

test('a directory without a source file fails', () => {
  expect(lint({ 'a.md': 'text' })).toMatchObject({ status: 1, findings: [expect.stringContaining('there is no source file')] });
});
