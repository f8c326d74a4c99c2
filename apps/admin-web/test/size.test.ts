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
/** Chunks that as many pages share are the kit: tables, fields, tooltips. Whichever panel is opened first brings them, once. */
const KIT_FROM_PAGES = 5;
const KIT_MOST = 80 * KB;

const print = (line: string) => process.stdout.write(`${line}\n`);

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
  print(`${frame}: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeGreaterThan(20 * KB);
  expect(size).toBeLessThanOrEqual(INITIAL_MOST);
});

const pages = Object.keys(manifest).filter((name) => /^src\/panels\/.*page\.tsx$/.test(name));
const first = closure('index.html', 'src/shell/console.tsx', CHARTS);
const added = new Map(pages.map((page) => [page, [...closure(page)].filter((name) => !first.has(name))]));
const kit = new Set([...added.values()].flat().filter((name, _, all) => all.filter((other) => other === name).length >= KIT_FROM_PAGES));

test('every panel is loaded by itself, and the kit that they share is at most 80 kB', () => {
  expect(pages.length).toBeGreaterThanOrEqual(10);
  const size = sizeOf(kit);
  print(`the kit: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeLessThanOrEqual(KIT_MOST);
});

test.each(pages)('a panel is at most 60 kB, charts and the shared kit apart: %s', (page) => {
  const names = added.get(page) ?? [];
  const size = sizeOf(names.filter((name) => !kit.has(name)));
  print(`${page}: ${(size / KB).toFixed(1)} kB, as the first panel that is opened ${(sizeOf(names) / KB).toFixed(1)} kB`);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(PANEL_MOST);
});
