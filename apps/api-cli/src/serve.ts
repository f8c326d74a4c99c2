import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, uptime } from 'node:os';
import { join } from 'node:path';
import closeWithGrace from 'close-with-grace';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { startProduct, type World } from './compose.ts';
import type { Config } from './config.ts';
import { builtConsole } from './console.ts';
import { VERSION } from './version.ts';

const CLOCK_SLACK_MS = 1_000;
/** A stop that takes longer than this is ended; what is not shipped stays in the spool. */
const LONGEST_STOP_MS = 30_000;
const MOST_HEAVY_THREADS = 4;
export const OPERATOR_KEY_FILE = 'operator-key';

/**
 * Runs the product until it is told to stop (SIGINT, SIGTERM).
 * @returns the exit code of a start that failed; a running product ends the process itself
 */
export async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  const world: World = {
    clock: anchoredClock(),
    wallClock: () => Date.now(),
    randomBytes,
    bootId: bootId(),
    version: VERSION,
    log,
    shippingThread: builtThread('shipping-thread'),
    heavyThreads: heavyThreads(),
    consoleDir: builtConsole(),
  };
  let stop: (error: Error) => void = () => {};
  const starting = startProduct(config, world, {
    deliverOperatorKey: (key) => deliverOperatorKey(key, config, log),
    onFatal: (error) => stop(error),
  });
  const grace = closeWithGrace({ delay: LONGEST_STOP_MS, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after a fault');
    else log.info({ signal }, 'stopping: finishing open calls, shipping usage');
    // A signal during the start waits for its end: half a start can't be stopped cleanly.
    const product = await starting.catch(() => null);
    await product?.close();
    log.info('stopped');
    // Node resets the terminal when it exits, and hangs in that when the terminal is gone. Everything is closed by now.
    if (signal === 'SIGHUP' && process.stdout.isTTY) process.kill(process.pid, 'SIGKILL');
  });
  stop = (error) => {
    log.fatal({ err: error }, 'this start must not serve any more');
    grace.close();
  };
  const product = await starting.catch((error: unknown) => {
    grace.uninstall();
    throw error;
  });
  log.info({ address: product.address, version: VERSION, dataDir: config.dataDir }, `ready at ${product.address}`);
}

/** A log that goes on without its reader: a terminal that died must not hold up the stop. */
function createLog(level: Config['logLevel']): FastifyBaseLogger {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on('error', () => {});
  return pino({ level, redact: REDACTED }, destination);
}

/** What must not be in a log, wherever a request or an error brings it along. */
const REDACTED = ['authorization', '["x-api-key"]', 'cookie', '["set-cookie"]', '["x-csrf-token"]', '["stripe-signature"]'].flatMap(
  (name) => [
    `headers${name.startsWith('[') ? '' : '.'}${name}`,
    `req.headers${name.startsWith('[') ? '' : '.'}${name}`,
    `err.headers${name.startsWith('[') ? '' : '.'}${name}`,
  ],
);

/**
 * Monotonic time, anchored to wall time: it never steps back. When wall time runs ahead (the machine slept, its clock was
 * set), it jumps after it within a second.
 */
function anchoredClock(): { now(): number } {
  let anchor = Date.now() - performance.now();
  setInterval(() => {
    const ahead = Date.now() - performance.now() - anchor;
    if (ahead > CLOCK_SLACK_MS) anchor += ahead;
  }, CLOCK_SLACK_MS).unref();
  return { now: () => anchor + performance.now() };
}

/** A built thread beside this module; run from source there is none. */
function builtThread(name: string): URL | null {
  const url = new URL(`./${name}.js`, import.meta.url);
  return existsSync(url) ? url : null;
}

/** One core is left to calls. */
function heavyThreads(): World['heavyThreads'] {
  const thread = builtThread('heavy-thread');
  return thread && { thread, size: Math.min(MOST_HEAVY_THREADS, Math.max(1, availableParallelism() - 1)) };
}

/** Linux names every boot; elsewhere the time of the boot does, to the minute. */
function bootId(): string {
  const path = '/proc/sys/kernel/random/boot_id';
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  return `${hostname()} ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
}

/** Shows the first operator key once to a person; without one, keeps it in a file that only its owner reads. */
async function deliverOperatorKey(key: string, config: Config, log: World['log']): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`\n  Operator key (shown this once): ${key}\n\n`);
    return;
  }
  const path = join(config.dataDir, OPERATOR_KEY_FILE);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  // One that lies there is from a start that ended before its key counted.
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  log.info({ path }, 'the operator key was made and is in this file');
}
