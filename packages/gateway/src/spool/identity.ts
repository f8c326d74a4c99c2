import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpoolOwner } from './segments.ts';

const FILE = 'gateway.json';

/**
 * The owner of the data directory; null in a new one. @throws if the file exists but can't be read
 */
export function readIdentity(dataDir: string): SpoolOwner | null {
  const path = join(dataDir, FILE);
  if (!existsSync(path)) return null;
  const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<SpoolOwner>;
  if (typeof found.gatewayId !== 'string' || typeof found.installationId !== 'string')
    throw new Error(`${path} does not name a gateway and an installation`);
  return { gatewayId: found.gatewayId, installationId: found.installationId };
}

/** Atomic: the file is complete or absent. */
export function writeIdentity(dataDir: string, owner: SpoolOwner): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(owner)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
