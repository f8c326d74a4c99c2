import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootedAt, bootId, sameBoot } from './boot.ts';

// Half a minute past a whole one: where rounding to minutes flipped.
const BOOT = Date.UTC(2026, 5, 1, 12, 0, 30);

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'boot-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const idAt = (bootedAtMs: number) => bootId(dataDir, { bootedAtMs, linuxPath: join(dataDir, 'none') });

test('starts of one boot have one id, however the clocks were read', () => {
  const first = idAt(BOOT - 400);
  for (const offMs of [-9_000, -1_000, 0, 1, 999.5, 9_000]) expect(idAt(BOOT + offMs)).toBe(first);
});

test('another boot has another id, and the first one does not come back', () => {
  const first = idAt(BOOT);
  const second = idAt(BOOT + 10_001);
  expect(second).not.toBe(first);
  expect(idAt(BOOT + 10_500)).toBe(second);
  expect(idAt(BOOT + 86_400_000)).not.toBe(second);
});

test('what is kept and can’t be read makes a new boot', () => {
  const first = idAt(BOOT);
  writeFileSync(join(dataDir, 'boot.json'), '{"bootedAt":');
  expect(idAt(BOOT + 5)).not.toBe(first);
  writeFileSync(join(dataDir, 'boot.json'), '{"bootedAt":"soon"}');
  expect(idAt(BOOT + 5)).not.toBe(first);
});

test('a data directory that is not there yet is made', () => {
  const missing = join(dataDir, 'a', 'b');
  const options = { bootedAtMs: BOOT, linuxPath: join(dataDir, 'none') };
  expect(bootId(missing, options)).toBe(bootId(missing, { ...options, bootedAtMs: BOOT + 1 }));
});

test('Linux’s own id counts where there is one', () => {
  writeFileSync(join(dataDir, 'boot_id'), '6f1c\n');
  expect(bootId(dataDir, { bootedAtMs: BOOT, linuxPath: join(dataDir, 'boot_id') })).toBe('6f1c');
});

test('the same boot is told up to ten seconds apart', () => {
  expect([sameBoot(BOOT, BOOT + 10_000), sameBoot(BOOT + 10_000, BOOT), sameBoot(BOOT, BOOT + 10_001)]).toEqual([true, true, false]);
});

test('the time of this machine’s boot is in the past', () => {
  expect(bootedAt(Date.now())).toBeLessThan(Date.now());
});
