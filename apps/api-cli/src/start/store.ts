import {
  type ConnectionPurpose,
  Connections,
  type Database,
  explainConnectionFailure,
  holdInstance,
  migrate,
  openDatabase,
} from '@api-factory/control';
import type { Cleanup, Repeats } from '@api-factory/gateway';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';

export interface StoreOptions {
  log: FastifyBaseLogger;
  /** For errors that repeat while the database is unreachable. */
  repeats: Repeats;
  cleanup: Cleanup;
  /** Being opened; undefined: opened here. */
  dataDirectory: Promise<DataDirectory> | undefined;
  newId: (prefix: string) => string;
  /** Called when the embedded database goes down and comes up. */
  onState: (up: boolean) => void;
  /** Called when another process took over the database. */
  onLost: (error: Error) => void;
}

/**
 * A connection pool per purpose: calls depend on keys and leases, and must not wait for operator
 * queries.
 */
export interface Store {
  db: Database;
  snapshots: Database;
  leases: Database;
  shipping: Database;
  maintenance: Database;
  url: string;
  /** For shutdown: waits only briefly for running statements. */
  hurry: () => void;
}

/** Takes the locks, opens the database and migrates it. */
export async function openStore(config: Config, options: StoreOptions): Promise<Store> {
  const { log, repeats, cleanup, onState, onLost, newId } = options;
  const { lock, server } = await (options.dataDirectory ?? openDataDirectory(config, log));
  cleanup.add(() => lock.release());
  if (server) {
    cleanup.add(() => server.stop());
    server.supervise((state) => onState(state === 'up'));
  }
  const url = server?.url ?? (config.databaseUrl as string);
  try {
    // Before migrating: a newer version started by mistake must not change the database of a
    // running one.
    const instance = await holdInstance(url, { onLost });
    cleanup.add(() => instance.release());
    await migrate(url, newId('ins'));
  } catch (error) {
    // Driver errors have a code; our own already explain themselves.
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Error(explainConnectionFailure(error, url), { cause: error });
  }
  const store = openPools(url, repeats);
  cleanup.add(() => store.close());
  return store;
}

function openPools(url: string, repeats: Repeats): Store & { close: () => Promise<void> } {
  const connections = new Connections();
  const onError = repeats.on('warn', 'a database connection was lost');
  const open = (purpose: ConnectionPurpose, more: { max?: number; byKeyOnly?: boolean } = {}) =>
    openDatabase(url, { purpose, connections, onError, ...more });
  const pools = {
    db: open('operator'),
    snapshots: open('snapshot', { max: 2 }),
    leases: open('leases', { byKeyOnly: true }),
    shipping: open('shipping', { max: 1 }),
    maintenance: open('maintenance', { max: 1 }),
  };
  return {
    ...pools,
    url,
    hurry: () => connections.hurry(),
    close: async () => {
      await Promise.all(Object.values(pools).map((pool) => pool.destroy()));
      await connections.settled();
    },
  };
}
