import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const KB = 1_000;
/** What a browser loads before the first panel: the entry, and behind it the sign-in or the frame of the console. */
const INITIAL_MOST = 180 * KB;
const PANEL_MOST = 60 * KB;
const FRAMES = ['src/shell/sign-in.tsx', 'src/shell/console.tsx'];
const CHARTS = 'src/ui/time-chart.tsx';

interface Chunk {
  file: string;
  imports?: string[];
}

const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;

/** A chunk and all that it can’t run without. */
function closure(...names: string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    for (const next of manifest[name]?.imports ?? []) visit(next);
  };
  names.forEach(visit);
  return found;
}

const sizeOf = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, manifest[name]!.file)), { level: 9 }).length, 0);

test.each(FRAMES)('the first view is at most 180 kB of JavaScript, gzipped: %s', (frame) => {
  expect(manifest).toHaveProperty([frame]);
  const size = sizeOf(closure('index.html', frame));
  console.info(`${frame}: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeGreaterThan(20 * KB);
  expect(size).toBeLessThanOrEqual(INITIAL_MOST);
});

const pages = Object.keys(manifest).filter((name) => name.startsWith('src/panels/') && !name.startsWith('_'));

test('every panel has a chunk of its own', () => {
  expect(pages.length).toBeGreaterThanOrEqual(10);
});

test.each(pages)('a panel adds at most 60 kB to the first view, charts apart: %s', (page) => {
  const there = closure('index.html', 'src/shell/console.tsx', CHARTS);
  const size = sizeOf([...closure(page)].filter((name) => !there.has(name)));
  console.info(`${page}: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeLessThanOrEqual(PANEL_MOST);
});
