import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { LogWriter, outputTo } from './log-writer.ts';

/** Maximum time for which unread standard output delays the exit. */
const DRAIN_MS = 2_000;

/** The log and how to close it. */
export interface ProductLog {
  log: FastifyBaseLogger;
  /** Resolves when every line is written, the output is closed, or a timeout expires. */
  drain: () => Promise<void>;
}

/**
 * A log on standard output that never blocks calls or shutdown, even if nobody reads it. Accessing
 * `stdout` makes Node set a pipe to non-blocking, so that a write to a full pipe fails instead of
 * blocking a thread.
 */
export function createLog(level: Config['logLevel'], process: Pick<NodeJS.Process, 'stdout' | 'once'>): ProductLog {
  const writer = new LogWriter({
    output: outputTo(process.stdout.fd),
    onDropped: (count) => log.warn({ count }, 'log lines were dropped because standard output was not read'),
  });
  const log = pino({ level, redact: REDACTED }, writer);
  process.once('exit', () => writer.writeRest());
  return { log, drain: async () => void (await writer.drain(DRAIN_MS)) };
}

/** Paths that are redacted in every log entry. */
const REDACTED = ['authorization', '["x-api-key"]', 'cookie', '["set-cookie"]', '["x-csrf-token"]', '["stripe-signature"]'].flatMap(
  (name) => [
    `headers${name.startsWith('[') ? '' : '.'}${name}`,
    `req.headers${name.startsWith('[') ? '' : '.'}${name}`,
    `err.headers${name.startsWith('[') ? '' : '.'}${name}`,
  ],
);
