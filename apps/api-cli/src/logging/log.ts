import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { LogWriter, outputTo } from './log-writer.ts';

/** A reader that takes nothing can't hold the end of the process up for longer. */
const DRAIN_MS = 2_000;

/** The product's log and how to end it. */
export interface ProductLog {
  log: FastifyBaseLogger;
  /** Resolves when every line is written, or can’t be. */
  drain: () => Promise<void>;
}

/**
 * A log on standard output that holds nothing up: calls go on while nobody reads it, and so does
 * the stop. `stdout` is read on purpose: Node then makes a pipe non-blocking, so that a write into
 * a full one fails instead of occupying a thread.
 */
export function createLog(level: Config['logLevel'], process: Pick<NodeJS.Process, 'stdout' | 'once'>): ProductLog {
  const writer = new LogWriter({
    output: outputTo(process.stdout.fd),
    onDropped: (count) => log.warn({ count }, 'log lines were dropped: nobody read standard output'),
  });
  const log = pino({ level, redact: REDACTED }, writer);
  process.once('exit', () => writer.writeRest());
  return { log, drain: async () => void (await writer.drain(DRAIN_MS)) };
}

/** What must not be in a log, wherever a request or an error brings it along. */
const REDACTED = ['authorization', '["x-api-key"]', 'cookie', '["set-cookie"]', '["x-csrf-token"]', '["stripe-signature"]'].flatMap(
  (name) => [
    `headers${name.startsWith('[') ? '' : '.'}${name}`,
    `req.headers${name.startsWith('[') ? '' : '.'}${name}`,
    `err.headers${name.startsWith('[') ? '' : '.'}${name}`,
  ],
);
