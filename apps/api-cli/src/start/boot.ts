import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const LINUX = '/proc/sys/kernel/random/boot_id';
const FILE = 'boot.json';
/** The boot time is computed from two clocks, one of them in whole seconds. */
const TOLERANCE_MS = 10_000;

/** When the host booted, in epoch ms of the current clock. */
export const bootedAt = (wallMs: number): number => wallMs - uptime() * 1_000;

/**
 * Whether two computed boot times are of the same boot. A larger clock change looks like a new
 * boot: unspent units are then written off, which is safe.
 */
export const sameBoot = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE_MS;

/**
 * The id of the host's current boot. Linux provides one. Elsewhere it is the boot time as computed
 * by the first start and stored in the data directory, because each computation differs slightly.
 */
export function bootId(dataDir: string, { bootedAtMs, linuxPath = LINUX }: { bootedAtMs: number; linuxPath?: string }): string {
  if (existsSync(linuxPath)) return readFileSync(linuxPath, 'utf8').trim();
  const stored = readStored(join(dataDir, FILE));
  if (stored !== null && sameBoot(stored, bootedAtMs)) return nameOf(stored);
  const computed = Math.round(bootedAtMs);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify({ bootedAt: computed })}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return nameOf(computed);
}

const nameOf = (ms: number): string => `booted ${new Date(ms).toISOString()}`;

/** null if it is missing or unreadable, which counts as a new boot. */
function readStored(path: string): number | null {
  try {
    const { bootedAt: stored } = JSON.parse(readFileSync(path, 'utf8')) as { bootedAt?: unknown };
    return typeof stored === 'number' && Number.isFinite(stored) ? stored : null;
  } catch {
    return null;
  }
}
