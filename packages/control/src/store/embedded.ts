import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openCluster, PASSWORD_FILE } from './embedded/cluster.ts';
import { freePort, halt, identify, launch, recordedPort, runningPort, serverUrl } from './embedded/postmaster.ts';
import { type ServerState, supervise } from './embedded/supervise.ts';

export type { ServerState } from './embedded/supervise.ts';

/** The logger of the embedded server. */
export interface EmbeddedLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface EmbeddedOptions {
  /**
   * The product's data directory, locked by the caller; the server's own is `postgres` below it.
   */
  dataDir: string;
  log: EmbeddedLog;
  /** Default true. False is for tests: a power loss can then damage the database. */
  fsync?: boolean;
}

/**
 * A running server. It keeps running when this process ends without `stop`; the next start adopts
 * it.
 */
export interface EmbeddedServer {
  /** With the password; unchanged across restarts of the server. */
  readonly url: string;
  readonly port: number;
  /** `adopted`: it was already running. */
  readonly origin: 'created' | 'started' | 'adopted';
  /**
   * Restarts the server, on the same port, whenever it dies. Returns a function that ends the
   * supervision without stopping the server.
   */
  supervise(onState: (state: ServerState) => void): () => Promise<void>;
  /** Ends supervision, rolls back open transactions and stops the server. */
  stop(): Promise<void>;
}

/**
 * Starts the bundled Postgres in `dataDir`, or adopts the one that a killed product left running.
 * @throws ServerAccountError when this user may not run it; Error with the server’s own message
 *   when it does not start
 */
export async function startEmbedded({ dataDir, log, fsync = true }: EmbeddedOptions): Promise<EmbeddedServer> {
  const cluster = await openCluster(dataDir, { sync: fsync });
  const running = await runningPort(cluster);
  const port = running ?? (await launch(cluster, { choosePort: freePort, fsync }));
  const origin = cluster.created ? 'created' : running === null ? 'started' : 'adopted';
  log.info({ port, origin }, 'embedded database ready');
  let endSupervision = async (): Promise<void> => {};
  return {
    url: serverUrl(cluster, port),
    port,
    origin,
    supervise(onState) {
      endSupervision = supervise({ cluster, port, fsync, log, onState });
      return endSupervision;
    },
    async stop() {
      await endSupervision();
      await halt(cluster);
    },
  };
}

/**
 * Connection string, with the password, of `dataDir`’s server if it is running and accepts logins;
 * else null. Changes nothing.
 */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | null> {
  const password = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => null);
  if (password === null) return null;
  const identity = { directory: join(resolve(dataDir), 'postgres'), password: password.trim() };
  const port = await recordedPort(identity);
  return port !== null && (await identify(identity, port)) === 'ours' ? serverUrl(identity, port) : null;
}
