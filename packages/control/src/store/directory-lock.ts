import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Held until it is released or the process ends. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Refuses a second product on the same data directory. The lock is a bound socket, which the system
 * releases with the process: a killed one leaves nothing to clean up. It covers the machine, or on
 * Linux its network namespace; for containers that share a directory, the database lock takes over.
 * @throws AlreadyInUseError when it is held; Error when the directory can’t be created
 */
export async function holdDirectory(dataDir: string): Promise<DirectoryLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `the data directory ${dataDir} can’t be created (${error.code}): create it, owned by the user that runs this process, or set another with API_FACTORY_DATA_DIR`,
      { cause: error },
    );
  });
  const name = `api-factory-${createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 32)}`;
  const address = socketAddress(name);
  const server = await holdSocket(address);
  if (!server) {
    throw new AlreadyInUseError(
      `the data directory ${dataDir} is used by another api-factory; stop that one, or set another directory with API_FACTORY_DATA_DIR`,
    );
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function socketAddress(name: string): string {
  if (platform() === 'linux') return `\0${name}`;
  return platform() === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Binds `address`; null when a live process holds it. */
export async function holdSocket(address: string): Promise<Server | null> {
  return (await listen(address)) ?? (await bindStale(address));
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(address, () => resolve(server));
  });
}

/**
 * A socket file outlives its process; it is stale if nobody answers on it. Names without a file are
 * never stale.
 */
async function bindStale(address: string): Promise<Server | null> {
  if (!address.endsWith('.sock') || (await isLive(address))) return null;
  await rm(address, { force: true });
  return listen(address);
}

function isLive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
    socket.once('close', () => socket.destroy());
  });
}

/**
 * Another product uses the data directory or the database. The message says which, and what to do.
 */
export class AlreadyInUseError extends Error {
  override name = 'AlreadyInUseError';
}
