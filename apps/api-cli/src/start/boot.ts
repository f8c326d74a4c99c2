import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const LINUX = '/proc/sys/kernel/random/boot_id';
const FILE = 'boot.json';
/** The boot time is computed from two clocks, one of them in whole seconds. */
const TOLERANCE_MS = 10_000;

/** When the host was booted, epoch ms, by the current clock. */
export const bootedAt = (wallMs: number): number => wallMs - uptime() * 1_000;

/**
 * Whether two computed boot times are of the same boot. A larger clock change looks like a new
 * boot: then unspent units are written off, which is safe.
 */
export const sameBoot = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE_MS;

/**
 * The id of the host's current boot. Linux has one. Elsewhere it is the boot time as the first
 * start computed it, kept in the data directory, because each computation differs slightly.
 */
export function bootId(dataDir: string, { bootedAtMs, linuxPath = LINUX }: { bootedAtMs: number; linuxPath?: string }): string {
  if (existsSync(linuxPath)) return readFileSync(linuxPath, 'utf8').trim();
  const kept = readKept(join(dataDir, FILE));
  if (kept !== null && sameBoot(kept, bootedAtMs)) return nameOf(kept);
  const found = Math.round(bootedAtMs);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify({ bootedAt: found })}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return nameOf(found);
}

const nameOf = (ms: number): string => `booted ${new Date(ms).toISOString()}`;

/** null if there is none or it can't be read: then this counts as a new boot. */
function readKept(path: string): number | null {
  try {
    const { bootedAt: kept } = JSON.parse(readFileSync(path, 'utf8')) as { bootedAt?: unknown };
    return typeof kept === 'number' && Number.isFinite(kept) ? kept : null;
  } catch {
    return null;
  }
}
