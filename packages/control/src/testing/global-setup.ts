import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { holdDirectory } from '../store/directory-lock.ts';
import { startEmbedded } from '../store/embedded.ts';
import { dropDatabases } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which tests create databases. */
    testServer: { adminUrl: string; run: string };
  }
}

const PREFIX = 'api-factory-test-';

/**
 * One server for the whole run: the one of TEST_DATABASE_URL, or an embedded one that is deleted
 * afterwards.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = randomBytes(4).toString('hex');
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('testServer', { adminUrl: given, run });
    return () => dropDatabases(given, run);
  }
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), PREFIX));
  const lock = await holdDirectory(dataDir);
  const log = { info: () => {}, warn: () => {} };
  const server = await startEmbedded({ dataDir, log, fsync: false });
  project.provide('testServer', { adminUrl: server.url, run });
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    await lock.release();
  };
}

/** Deletes directories of killed runs. Without its directory a server stops within a minute. */
async function removeLeftovers(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((entry) => entry.startsWith(PREFIX))) {
    const directory = join(tmpdir(), name);
    const lock = await holdDirectory(directory).catch(() => null);
    if (!lock) continue;
    await rm(directory, { recursive: true, force: true }).catch(() => {});
    await lock.release();
  }
}
