import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AnchoredClock } from '../clock/anchored-clock.ts';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';
import { createLog } from '../logging/log.ts';
import { VERSION } from '../version.ts';
import { bootedAt, bootId } from './boot.ts';
import { openDataDirectory } from './data-directory.ts';
import { gracefulStop } from './graceful-stop.ts';

const MAX_HEAVY_THREADS = 4;
export const OPERATOR_KEY_FILE = 'operator-key';

/**
 * Starts the product, which then runs until a stop signal (SIGINT, SIGTERM, SIGHUP) and exits the
 * process itself. @throws when it can't start
 */
export async function serve(config: Config): Promise<void> {
  const { log, drain } = createLog(config.logLevel, process);
  const clock = new AnchoredClock().follow();
  const runtime: Omit<Runtime, 'consoleDir'> = {
    clock,
    wallClock: () => Date.now(),
    randomBytes,
    bootId: bootId(config.dataDir, { bootedAtMs: bootedAt(Date.now()) }),
    version: VERSION,
    log,
    shippingThread: shippingThread(clock),
    heavyThreads: heavyThreads(),
  };
  let stop: (error: Error) => void = () => {};
  const dataDirectory = openDataDirectory(config, log);
  // Its failure is that of the start, which awaits it once the modules have loaded.
  dataDirectory.catch(() => {});
  // The database starts while they load.
  const starting = Promise.all([import('../compose.ts'), import('../web/console.ts')]).then(([{ startProduct }, { builtConsole }]) =>
    startProduct(
      config,
      { ...runtime, consoleDir: builtConsole() },
      { deliverOperatorKey: (key) => deliverOperatorKey(key, config, log), onFatal: (error) => stop(error), dataDirectory },
    ),
  );
  const grace = gracefulStop(log, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after a fatal error');
    else log.info({ signal }, 'stopping: finishing open calls, shipping usage');
    // A signal during startup waits until startup completes: it can't be aborted cleanly.
    const product = await starting.catch(() => null);
    await product?.close();
    log.info('stopped');
    await drain();
    // On exit Node resets the terminal, which hangs if the terminal was closed. Everything else is
    // closed by now.
    if (signal === 'SIGHUP' && process.stdout.isTTY) process.kill(process.pid, 'SIGKILL');
  });
  stop = (error) => {
    log.fatal({ err: error }, 'another process took over; stopping');
    grace.close();
  };
  const product = await starting.catch(async (error: unknown) => {
    grace.uninstall();
    await drain();
    throw error;
  });
  log.info({ address: product.address, version: VERSION, dataDir: config.dataDir }, `ready at ${product.address}`);
  if (process.stdout.isTTY) process.stdout.write(`\n  Ready: ${product.address}\n\n`);
}

/** The built module of a thread, next to this file; null when run from source. */
function builtThread(name: string): URL | null {
  const url = new URL(`./${name}.js`, import.meta.url);
  return existsSync(url) ? url : null;
}

function shippingThread({ shared }: AnchoredClock): Runtime['shippingThread'] {
  const module = builtThread('shipping-thread');
  return module && { module, clock: shared };
}

/** Leaves one core for calls. */
function heavyThreads(): Runtime['heavyThreads'] {
  const thread = builtThread('heavy-thread');
  return thread && { thread, size: Math.min(MAX_HEAVY_THREADS, Math.max(1, availableParallelism() - 1)) };
}

/**
 * Prints the first operator key to a terminal; without one, writes it to a file that only its owner
 * can read.
 */
async function deliverOperatorKey(key: string, config: Config, log: Runtime['log']): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`\n  Operator key (shown this once): ${key}\n\n`);
    return;
  }
  const path = join(config.dataDir, OPERATOR_KEY_FILE);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  // An existing file is left over from a start that exited before its key became valid.
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  log.info({ path }, 'operator key generated and written to this file');
}
