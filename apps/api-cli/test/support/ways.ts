import type { Api } from './api.ts';
import { freePort, startCommand } from './process.ts';
import { productOn } from './product.ts';

/** The product, running in one of the two ways in which usage is shipped. */
export interface Running extends Api {
  /** The log as text. */
  log: () => string;
  /** True once it has ended, or been told to end, without being asked to. */
  hasGivenUp: () => boolean;
  /** Stops it, once. */
  stop: () => Promise<unknown>;
}

/** How usage is shipped, and what starts the product so. */
export const SHIPPING_WAYS: [string, (url: string, dataDir: string) => Promise<Running>][] = [
  [
    'between calls',
    async (url, dataDir) => {
      const running = await productOn(url, dataDir);
      const hasGivenUp = () => running.log().includes('"level":60');
      return { ...running, hasGivenUp, stop: once(() => running.product.close()) };
    },
  ],
  [
    'on a thread of its own',
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
