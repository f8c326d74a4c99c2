import { type DirectoryLock, type EmbeddedServer, holdDirectory, startEmbedded } from '@api-factory/control/embedded';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';

/** The locked data directory, with its database server unless another database is configured. */
export interface DataDirectory {
  lock: DirectoryLock;
  server: EmbeddedServer | null;
}

/** Locks the data directory and starts its database. A failure releases the lock. */
export async function openDataDirectory({ dataDir, databaseUrl }: Config, log: FastifyBaseLogger): Promise<DataDirectory> {
  const lock = await holdDirectory(dataDir);
  try {
    return { lock, server: databaseUrl === null ? await startEmbedded({ dataDir, log }) : null };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
