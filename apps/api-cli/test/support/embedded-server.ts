import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Process ID and port of the embedded server in a data directory. */
export function embeddedServer(dataDir: string): { pid: number; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** Connection string of the embedded server in a data directory. */
export function embeddedUrl(dataDir: string): string {
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim();
  return `postgres://api_factory:${password}@127.0.0.1:${embeddedServer(dataDir).port}/postgres`;
}
