import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpoolOwner } from './segments.ts';

const FILE = 'gateway.json';

/** Who this data directory belongs to; null in a new one. @throws when the file is there and can't be read */
export function readIdentity(dataDir: string): SpoolOwner | null {
  const path = join(dataDir, FILE);
  if (!existsSync(path)) return null;
  const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<SpoolOwner>;
  if (typeof found.gatewayId !== 'string' || typeof found.installationId !== 'string')
    throw new Error(`${path} does not name a gateway and an installation`);
  return { gatewayId: found.gatewayId, installationId: found.installationId };
}

/** Written once, whole or not at all. */
export function writeIdentity(dataDir: string, owner: SpoolOwner): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(owner)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
