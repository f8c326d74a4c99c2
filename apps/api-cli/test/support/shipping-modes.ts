import type { Api } from './api.ts';
import { freePort, startCommand } from './process.ts';
import { productOn } from './product.ts';

/** A running product in one of the two modes of shipping usage. */
export interface Running extends Api {
  /** The log as text. */
  log: () => string;
  /** Whether it has exited, or is about to, after a fatal error. */
  hasGivenUp: () => boolean;
  /** Stops the product; further calls do nothing. */
  stop: () => Promise<unknown>;
}

/** The modes of shipping usage, each with a function that starts the product in it. */
export const SHIPPING_MODES: [string, (url: string, dataDir: string) => Promise<Running>][] = [
  [
    'between calls',
    async (url, dataDir) => {
      const running = await productOn(url, dataDir);
      const hasGivenUp = () => running.log().includes('"level":60');
      return { ...running, hasGivenUp, stop: once(() => running.product.close()) };
    },
  ],
  [
    'on a separate thread',
    async (url, dataDir) => {
      const env = { PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, DATABASE_URL: url, LOG_LEVEL: 'info' };
      const running = await startCommand(env);
      const hasGivenUp = () => running.process.exitCode !== null;
      return { ...running, log: running.output, hasGivenUp, stop: once(async () => hasGivenUp() || running.end('SIGTERM')) };
    },
  ],
];

function once(stop: () => Promise<unknown>): () => Promise<unknown> {
  let stopped: Promise<unknown> | null = null;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
