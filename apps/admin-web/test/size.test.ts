import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const KB = 1_000;
/** Loaded before the first panel: the entry and the sign-in page or console frame. */
const MAX_INITIAL = 180 * KB;
const MAX_PANEL = 60 * KB;
const FRAMES = ['src/shell/sign-in.tsx', 'src/shell/console.tsx'];
const CHARTS = 'src/ui/time-chart.tsx';
/** Chunks shared by this many pages (tables, inputs, tooltips) load once, with the first panel. */
const SHARED_FROM_PAGES = 5;
const MAX_SHARED = 80 * KB;

const print = (line: string) => process.stdout.write(`${line}\n`);

interface Chunk {
  file: string;
  imports?: string[];
}

const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;

/** A chunk with all its static imports. */
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

test.each(FRAMES)('the first view loads at most 180 kB of gzipped JavaScript: %s', (frame) => {
  expect(manifest).toHaveProperty([frame]);
  const size = sizeOf(closure('index.html', frame));
  print(`${frame}: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeGreaterThan(20 * KB);
  expect(size).toBeLessThanOrEqual(MAX_INITIAL);
});

const pages = Object.keys(manifest).filter((name) => /^src\/panels\/.*page\.tsx$/.test(name));
const first = closure('index.html', 'src/shell/console.tsx', CHARTS);
const added = new Map(pages.map((page) => [page, [...closure(page)].filter((name) => !first.has(name))]));
const shared = new Set(
  [...added.values()].flat().filter((name, _, all) => all.filter((other) => other === name).length >= SHARED_FROM_PAGES),
);

test('every panel is a separate chunk, and the shared chunks are at most 80 kB', () => {
  expect(pages.length).toBeGreaterThanOrEqual(10);
  const size = sizeOf(shared);
  print(`shared chunks: ${(size / KB).toFixed(1)} kB`);
  expect(size).toBeLessThanOrEqual(MAX_SHARED);
});

test.each(pages)('a panel is at most 60 kB without charts and shared chunks: %s', (page) => {
  const names = added.get(page) ?? [];
  const size = sizeOf(names.filter((name) => !shared.has(name)));
  print(`${page}: ${(size / KB).toFixed(1)} kB, ${(sizeOf(names) / KB).toFixed(1)} kB as the first panel`);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(MAX_PANEL);
});
