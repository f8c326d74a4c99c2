import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { type EmbeddedServer, startEmbedded } from '../store/embedded.ts';
import { ask } from './database.ts';

export const quiet = { info: () => {}, warn: () => {} };

/** An empty directory of mode 0700, deleted after the test. */
export async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A server for one test, stopped after it. */
export async function startServer(dataDir: string): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, log: quiet, fsync: false });
  onTestFinished(() => server.stop());
  return server;
}

/** The process id of a running server. */
export async function postmaster(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/**
 * A connection whose backend computes for a second or two, and doesn't notice until then that its
 * server was killed.
 */
export async function busyConnection(url: string): Promise<{ ended: Promise<unknown> }> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  client.query('select count(*) from generate_series(1, 8000000) a where sqrt(a) < 0').catch(() => {});
  const ended = once(client, 'end').catch(() => {});
  // Once this is answered, the other statement has reached its backend.
  await ask(url, 'select 1');
  return { ended };
}
