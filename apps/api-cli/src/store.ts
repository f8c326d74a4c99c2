import {
  type Database,
  explainConnectionFailure,
  holdDirectory,
  holdInstance,
  migrate,
  openDatabase,
  startEmbedded,
} from '@api-factory/control';
import type { FastifyBaseLogger } from 'fastify';
import type { Cleanup } from './cleanup.ts';
import type { Config } from './config.ts';

export interface StoreOptions {
  log: FastifyBaseLogger;
  cleanup: Cleanup;
  newId: (prefix: string) => string;
  /** Hears when the embedded database goes down and comes up. */
  onState: (up: boolean) => void;
  /** Hears that another product took the database over. */
  onLost: (error: Error) => void;
}

/** Leases have connections of their own: calls wait for them, and what the operator reads must not hold them up. */
export interface Store {
  db: Database;
  leases: Database;
  url: string;
}

/** Locks, database, schema: what must hold before anything is served. */
export async function openStore(config: Config, options: StoreOptions): Promise<Store> {
  const { log, cleanup, onState, onLost, newId } = options;
  const directory = await holdDirectory(config.dataDir);
  cleanup.add(() => directory.release());
  let url = config.databaseUrl;
  if (url === null) {
    const server = await startEmbedded({ dataDir: config.dataDir, log });
    cleanup.add(() => server.stop());
    server.supervise((state) => onState(state === 'up'));
    url = server.url;
  }
  const given = url;
  try {
    // Before migrating: a newer version that is started by mistake must not change the database under a running one.
    const instance = await holdInstance(given, { onLost });
    cleanup.add(() => instance.release());
    await migrate(given, newId('ins'));
  } catch (error) {
    // The driver's errors have a code; ours say all there is to say.
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Error(explainConnectionFailure(error, given), { cause: error });
  }
  const onError = (err: Error) => log.warn({ err }, 'a database connection was lost');
  const store = { db: openDatabase(given, { onError }), leases: openDatabase(given, { onError, byKeyOnly: true }), url: given };
  cleanup.add(() => Promise.all([store.db.destroy(), store.leases.destroy()]));
  return store;
}
