import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { linkLibraries } from './libraries.ts';

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

/** The package as npm installs it without install scripts. */
function aPackage(target = 'native/lib/libpq.so.5'): string {
  const folder = mkdtempSync(join(tmpdir(), 'libraries-'));
  directories.push(folder);
  mkdirSync(join(folder, 'native/lib'), { recursive: true });
  writeFileSync(join(folder, 'native/lib/libpq.so.5.18'), 'library');
  writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target }]));
  return folder;
}

test('missing links are created as relative ones, so that the folder can be moved', () => {
  const folder = aPackage();
  linkLibraries(folder);
  expect(readlinkSync(join(folder, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(readFileSync(join(folder, 'native/lib/libpq.so.5'), 'utf8')).toBe('library');
});

test('existing links are kept, even in a read-only folder', () => {
  const folder = aPackage();
  linkLibraries(folder);
  chmodSync(join(folder, 'native/lib'), 0o555);
  linkLibraries(folder);
  chmodSync(join(folder, 'native/lib'), 0o755);
  expect(readlinkSync(join(folder, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
});

test('a link that can’t be created is reported with possible fixes', () => {
  // Root may write everywhere, except into a folder that does not exist.
  const folder = aPackage('native/none/libpq.so.5');
  expect(() => linkLibraries(folder)).toThrow(/can’t be created: ENOENT.*Install with scripts allowed.*DATABASE_URL/s);
});

test('a package without a list has nothing to link', () => {
  const folder = aPackage();
  rmSync(join(folder, 'native/pg-symlinks.json'));
  expect(() => linkLibraries(folder)).not.toThrow();
});
