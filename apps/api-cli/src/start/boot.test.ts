import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootedAt, bootId, sameBoot } from './boot.ts';

// Exactly between two minutes, where rounding to minutes would be unstable.
const BOOT = Date.UTC(2026, 5, 1, 12, 0, 30);

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'boot-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const idAt = (bootedAtMs: number) => bootId(dataDir, { bootedAtMs, linuxPath: join(dataDir, 'none') });

test('all starts within one boot have the same id, despite small clock differences', () => {
  const first = idAt(BOOT - 400);
  for (const driftMs of [-9_000, -1_000, 0, 1, 999.5, 9_000]) expect(idAt(BOOT + driftMs)).toBe(first);
});

test('another boot has another id, and ids are not reused', () => {
  const first = idAt(BOOT);
  const second = idAt(BOOT + 10_001);
  expect(second).not.toBe(first);
  expect(idAt(BOOT + 10_500)).toBe(second);
  expect(idAt(BOOT + 86_400_000)).not.toBe(second);
});

test('an unreadable boot file counts as a new boot', () => {
  const first = idAt(BOOT);
  writeFileSync(join(dataDir, 'boot.json'), '{"bootedAt":');
  expect(idAt(BOOT + 5)).not.toBe(first);
  writeFileSync(join(dataDir, 'boot.json'), '{"bootedAt":"soon"}');
  expect(idAt(BOOT + 5)).not.toBe(first);
});

test('a missing data directory is created', () => {
  const missing = join(dataDir, 'a', 'b');
  const options = { bootedAtMs: BOOT, linuxPath: join(dataDir, 'none') };
  expect(bootId(missing, options)).toBe(bootId(missing, { ...options, bootedAtMs: BOOT + 1 }));
});

test('the boot id of Linux is used where available', () => {
  writeFileSync(join(dataDir, 'boot_id'), '6f1c\n');
  expect(bootId(dataDir, { bootedAtMs: BOOT, linuxPath: join(dataDir, 'boot_id') })).toBe('6f1c');
});

test('boot times up to ten seconds apart are the same boot', () => {
  expect([sameBoot(BOOT, BOOT + 10_000), sameBoot(BOOT + 10_000, BOOT), sameBoot(BOOT, BOOT + 10_001)]).toEqual([true, true, false]);
});

test('the time of this machine’s boot is in the past', () => {
  expect(bootedAt(Date.now())).toBeLessThan(Date.now());
});
