import closeWithGrace from 'close-with-grace';
import type { FastifyBaseLogger } from 'fastify';

/** Time limit of a graceful stop; unshipped usage stays in the spool. */
const STOP_TIMEOUT_MS = 30_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * A signal this soon after the first is the same one: a terminal or systemd signals the whole
 * process group, and npm forwards its copy. A later one exits immediately.
 */
const SAME_SIGNAL_MS = 1_000;

/** Why the process stops; both are undefined when `close` was called. */
export interface StopReason {
  signal: NodeJS.Signals | undefined;
  err: Error | undefined;
}

/**
 * Runs `stop` once, at the first signal, uncaught error or `close`, then exits.
 * @returns `uninstall`, which removes every listener after a failed start
 */
export function gracefulStop(
  log: FastifyBaseLogger,
  stop: (reason: StopReason) => Promise<void>,
): { close: () => void; uninstall: () => void } {
  let stoppedAt: number | null = null;
  let first: NodeJS.Signals | undefined;
  const grace = closeWithGrace({ delay: STOP_TIMEOUT_MS, logger: log, skip: [...STOP_SIGNALS] }, async ({ err, signal = first }) => {
    stoppedAt ??= performance.now();
    await stop({ err, signal });
  });
  const close = (): void => {
    if (stoppedAt === null) grace.close();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppedAt === null) {
      first = signal;
      return close();
    }
    if (performance.now() - stoppedAt < SAME_SIGNAL_MS) return;
    log.error(`second ${signal}, exiting`);
    process.exit(1);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return {
    close,
    uninstall: () => {
      grace.uninstall();
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    },
  };
}
