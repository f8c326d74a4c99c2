import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from './cluster.ts';
import { boundLog, identify, launch, serverUrl } from './postmaster.ts';

/** `down`: logins fail, a restart is in progress. `up`: it accepts logins again. */
export type ServerState = 'up' | 'down';

interface Supervision {
  cluster: Cluster;
  /** Kept across restarts, so that pools find the server again. */
  port: number;
  fsync: boolean;
  log: { warn(facts: object, message: string): void };
  onState: (state: ServerState) => void;
}

const LOG_CHECK_MS = 60_000;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Keeps the server running. An open connection breaks as soon as the server dies, because all its
 * processes exit when one does. Returns a function that ends the supervision and waits for that.
 */
export function supervise(supervision: Supervision): () => Promise<void> {
  const ending = new AbortController();
  const done = watch(supervision, ending.signal).catch((error: Error) => {
    if (!ending.signal.aborted) supervision.log.warn({ error: error.message }, 'supervision of the embedded database ended');
  });
  return async () => {
    ending.abort();
    await done;
  };
}

async function watch(supervision: Supervision, signal: AbortSignal): Promise<void> {
  const { cluster, port, onState } = supervision;
  const logCheck = setInterval(() => void boundLog(cluster.logFile).catch(() => {}), LOG_CHECK_MS);
  logCheck.unref();
  try {
    while (!signal.aborted) {
      await connectionLost(serverUrl(cluster, port), signal);
      if (signal.aborted) return;
      if ((await identify(cluster, port)) === 'ours') {
        // Only this connection was ended or refused: pause, so as not to retry in a tight loop.
        await pause(SHORTEST_PAUSE_MS, undefined, { signal }).catch(() => {});
        continue;
      }
      onState('down');
      await bringBack(supervision, signal);
      if (!signal.aborted) onState('up');
    }
  } finally {
    clearInterval(logCheck);
  }
}

/** Resolves when a connection ends or can't be opened. */
async function connectionLost(url: string, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'api-factory supervision', connectionTimeoutMillis: 5_000 });
  const ended = once(client, 'end', { signal });
  ended.catch(() => {});
  client.on('error', () => {});
  try {
    await client.connect();
    await ended;
  } catch {
    // Could not connect: the caller finds out why.
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Waits until the server answers as ours: for one that is recovering, or after starting one that is
 * gone.
 */
async function bringBack({ cluster, port, fsync, log }: Supervision, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const found = await identify(cluster, port);
    if (found === 'ours') return;
    if (found === 'nothing') {
      log.warn({ port, attempt }, 'embedded database is gone; starting it again');
      await launch(cluster, { choosePort: async () => port, fsync }).catch((error: Error) =>
        log.warn({ error: error.message }, 'embedded database did not start'),
      );
      if ((await identify(cluster, port)) === 'ours') return;
    }
    await pause(Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** attempt), undefined, { signal }).catch(() => {});
  }
}
