import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const LINUX = '/proc/sys/kernel/random/boot_id';
const FILE = 'boot.json';
/**
 * The time of the boot is worked out from two clocks that are not read at the same moment, one of
 * them in whole seconds.
 */
const TOLERANCE_MS = 10_000;

/** When the host was booted, epoch ms, as the clock says now. */
export const bootedAt = (wallMs: number): number => wallMs - uptime() * 1_000;

/**
 * Whether two times of a boot, each worked out at its own start, are of the same boot. A clock that
 * was set by more looks like a new boot: then unspent units are written off, which is the safe
 * side.
 */
export const sameBoot = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE_MS;

/**
 * Names the boot of the host. Linux has a name for each. Elsewhere it is the time of the boot as
 * the first start in it found it, kept in the data directory: worked out anew it would differ a
 * little each time.
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

/** null when there is none, or when it can't be read: then this is a new boot. */
function readKept(path: string): number | null {
  try {
    const { bootedAt: kept } = JSON.parse(readFileSync(path, 'utf8')) as { bootedAt?: unknown };
    return typeof kept === 'number' && Number.isFinite(kept) ? kept : null;
  } catch {
    return null;
  }
}
