import { constants } from 'node:fs';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Cluster, SUPERUSER, systemIdentifier } from './cluster.ts';
import { isAbandoned } from './processes.ts';

/** Only reachable from this machine. */
const HOST = '127.0.0.1';
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;
const START_ATTEMPTS = 60;
/** A minute: recovery after a crash replays at most `max_wal_size`. */
const BUSY_ATTEMPTS = 600;
const RETRY_MS = 100;

/**
 * Connection string of the server on `port`. Sets `sslmode`, so that the operator’s `PGSSLMODE` for
 * another server has no effect.
 */
export const serverUrl = (cluster: Pick<Cluster, 'password'>, port: number): string =>
  `postgres://${SUPERUSER}:${encodeURIComponent(cluster.password)}@${HOST}:${port}/postgres?sslmode=disable`;

/** What identifies a cluster’s server. */
export type ServerIdentity = Pick<Cluster, 'directory' | 'password'>;

/**
 * Result of a login at a port. `busy`: a server that accepts no logins now, because it is starting,
 * stopping or full.
 */
type Found = 'ours' | 'busy' | 'foreign' | 'nothing';

/**
 * Logs in at `port` and compares the server with the directory: only a server that accepts the
 * password, uses this very directory and has its system identifier is ours. Sends no signal and
 * writes nothing.
 */
export async function identify(cluster: ServerIdentity, port: number): Promise<Found> {
  const client = new pg.Client({
    connectionString: serverUrl(cluster, port),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: 'api-factory',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; identifier: string }>(
      `select current_setting('data_directory') as directory, system_identifier::text as identifier from pg_control_system()`,
    );
    const here = await realpath(cluster.directory);
    const there = await realpath(rows[0]?.directory ?? '').catch(() => null);
    return here === there && rows[0]?.identifier === (await systemIdentifier(cluster.directory)) ? 'ours' : 'foreign';
  } catch (error) {
    const code = (error as { code?: string }).code;
    // Starting, stopping, recovering, or out of connections: it exists but can’t be queried now.
    if (/^(57P0|53)/.test(code ?? '')) return 'busy';
    // No listener, or something other than this server: not ours either way.
    return code === '28P01' ? 'foreign' : 'nothing';
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * The port of this directory’s running server; null when there is none. Waits for one that is
 * starting.
 */
export async function runningPort(cluster: Cluster): Promise<number | null> {
  for (let attempt = 0; attempt < BUSY_ATTEMPTS; attempt += 1) {
    const port = await recordedPort(cluster);
    if (port === null) return null;
    const found = await identify(cluster, port);
    if (found === 'ours') return port;
    if (found !== 'busy') return null;
    await pause(RETRY_MS);
  }
  throw new Error(`the embedded database in ${cluster.directory} is running and accepts no logins; see ${cluster.logFile}`);
}

/** The fourth line of `postmaster.pid`; the file may be left over from a dead server. */
export async function recordedPort(cluster: Pick<Cluster, 'directory'>): Promise<number | null> {
  const lines = (await readFile(join(cluster.directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const port = Number(lines[3]);
  return Number.isInteger(port) && port > 0 ? port : null;
}

/** Options of a start. */
export interface Launch {
  /** Called before each attempt: the port may turn out to be taken. */
  choosePort: () => Promise<number>;
  fsync: boolean;
}

/**
 * Starts the server, detached from this process, and returns its port. Retries while processes of a
 * killed server are still exiting, and when the port is taken. Joins a start that is already under
 * way.
 * @throws Error with the end of the server’s log
 */
export async function launch(cluster: Cluster, { choosePort, fsync }: Launch): Promise<number> {
  await rotateLog(cluster.logFile);
  let message = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = await choosePort();
    const logged = await size(cluster.logFile);
    const { code, output } = await cluster.account.run(cluster.programs.pgCtl, startArguments(cluster, port, fsync));
    if (code === 0) return port;
    message = (await readFrom(cluster.logFile, logged)) || output;
    const reason = failureReason(message);
    if (reason === 'fault') break;
    const joined = reason === 'pid-file' ? await settlePidFile(cluster) : null;
    if (joined !== null) return joined;
    await pause(RETRY_MS);
  }
  throw new Error(`the embedded database does not start; ${cluster.logFile} says: ${message.trim()}`);
}

/**
 * Resolves an existing lock file: joins a live server by its port, removes a stale file, and keeps
 * one that may be in use.
 */
async function settlePidFile(cluster: Cluster): Promise<number | null> {
  if (await isAbandoned(cluster.directory)) {
    await rm(join(cluster.directory, 'postmaster.pid'), { force: true });
    return null;
  }
  return runningPort(cluster);
}

/** Postgres has no error codes for these; `LC_ALL=C` keeps the messages in English. */
function failureReason(message: string): 'port' | 'pid-file' | 'leaving' | 'fault' {
  if (/could not bind|could not create any TCP\/IP sockets/.test(message)) return 'port';
  if (/pre-existing shared memory block/.test(message)) return 'leaving';
  return /lock file "postmaster\.pid" already exists|another server might be running/.test(message) ? 'pid-file' : 'fault';
}

function startArguments(cluster: Cluster, port: number, fsync: boolean): string[] {
  const settings = {
    port,
    listen_addresses: HOST,
    // Socket paths are limited to 107 bytes; a data directory’s path may be longer.
    unix_socket_directories: '',
    max_connections: 60,
    shared_buffers: '64MB',
    max_wal_size: '256MB',
    huge_pages: 'off',
    io_method: 'sync',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    // Failed statements are reported to their client; logging them would fill the disk and expose
    // values.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    // Tests share one server among several products.
    ...(fsync ? {} : { fsync: 'off', full_page_writes: 'off', max_connections: 200 }),
  };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return ['start', '-w', '-s', '-t', '60', '-D', cluster.directory, '-l', cluster.logFile, '-o', options.join(' ')];
}

/**
 * Stops this directory’s server, after a login shows that it is ours: open transactions are rolled
 * back, the directory is left clean. No error when nothing is running.
 * @throws Error when the server keeps running
 */
export async function halt(cluster: Cluster): Promise<void> {
  if ((await runningPort(cluster)) === null) return;
  const { code, output } = await cluster.account.run(cluster.programs.pgCtl, [
    'stop',
    '-w',
    '-s',
    '-t',
    '30',
    '-m',
    'fast',
    '-D',
    cluster.directory,
  ]);
  if (code !== 0 && (await runningPort(cluster)) !== null) throw new Error(`the embedded database does not stop: ${output.trim()}`);
}

/** A free port. If it is taken a moment later, the start fails and another one is chosen. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const size = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0;

async function readFrom(path: string, offset: number): Promise<string> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  return bytes.subarray(offset).toString('utf8').slice(-2_000);
}

async function rotateLog(path: string): Promise<void> {
  if ((await size(path)) > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
}

/**
 * Truncates a log that grew too long under a running server, which appends to it. Never through a
 * link: the file belongs to another user.
 */
export async function boundLog(path: string): Promise<void> {
  if ((await size(path)) <= LOG_LIMIT_BYTES) return;
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  await file.truncate(0).finally(() => file.close());
}
