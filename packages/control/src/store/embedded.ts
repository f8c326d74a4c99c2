import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openCluster, PASSWORD_FILE } from './embedded/cluster.ts';
import { freePort, halt, identify, launch, recordedPort, runningPort, serverUrl } from './embedded/postmaster.ts';
import { type ServerState, supervise } from './embedded/supervise.ts';

export type { ServerState } from './embedded/supervise.ts';

/** What the embedded server tells its surroundings. */
export interface EmbeddedLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface EmbeddedOptions {
  /** The product's data directory; the server's own lies in `postgres` below it. Hold its lock before. */
  dataDir: string;
  log: EmbeddedLog;
  /** Default true. False is for tests: a loss of power then damages the database. */
  fsync?: boolean;
}

/** A running server. It lives on when this process ends without `stop`; the next start adopts it. */
export interface EmbeddedServer {
  /** With the password; stays the same when the server is restarted. */
  readonly url: string;
  readonly port: number;
  /** `adopted`: it was running already. */
  readonly origin: 'created' | 'started' | 'adopted';
  /** Starts the server again, on the same port, whenever it dies. Returns what ends that without stopping the server. */
  supervise(onState: (state: ServerState) => void): () => Promise<void>;
  /** Ends supervision, rolls back open transactions and stops the server. */
  stop(): Promise<void>;
}

/**
 * Starts the packaged Postgres in `dataDir`, or adopts the one that a killed product left running there.
 * @throws ServerAccountError when this user may not run it; Error with the server's own words when it does not start
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

/** Connection string of the server of `dataDir`, with the password, while it runs and takes logins; else null. Starts, changes and makes nothing. */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | null> {
  const password = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => null);
  if (password === null) return null;
  const identity = { directory: join(resolve(dataDir), 'postgres'), password: password.trim() };
  const port = await recordedPort(identity);
  return port !== null && (await identify(identity, port)) === 'ours' ? serverUrl(identity, port) : null;
}
