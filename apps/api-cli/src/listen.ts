import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';

const IDLE_SWEEP_MS = 50;
const LONGEST_CALL_MS = 15_000;

/** Listens, and tells in words why it can't. Returns the address. */
export async function listen(app: FastifyInstance, { port, bindHost }: Config): Promise<string> {
  try {
    return await app.listen({ port, host: bindHost });
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} of ${bindHost} is taken; end what listens there, or choose another PORT`,
      EADDRNOTAVAIL: `this machine has no address ${bindHost}; correct BIND_HOST`,
      EACCES: `this user may not listen on port ${port}; choose a PORT above 1023`,
    };
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    throw reason === undefined ? error : new Error(reason, { cause: error });
  }
}

/** Stops listening and waits for open calls. A kept-alive connection that becomes idle meanwhile would be waited for, too. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  // A client that does not take its answer can't hold the stop up for ever.
  const last = setTimeout(() => app.server.closeAllConnections(), LONGEST_CALL_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(last);
}
