import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';

const IDLE_SWEEP_MS = 50;
/** How long kept connections stay open at a stop. A client that calls more seldom than this is hardly ever met in the middle of a call. */
const LAST_CALLS_MS = 1_000;
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

/**
 * Ends the server without cutting anybody off, once every answer says `Connection: close` (the server's `draining`).
 *
 * A client that keeps a connection may be sending its next call at the very moment at which the connection is closed,
 * and would meet a reset. So the server goes on answering for a while: a client that calls within it is told to
 * close, and either calls somewhere else or is refused. What is idle until the end of it is closed.
 */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const { server } = app;
  await lastAnswers(server);
  // Right after a round of the event loop that has read, and accepted, everything that had arrived by then.
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  // An answer that began before the stop could not say that its connection ends.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  // A client that does not take its answer can't hold the stop up for ever.
  const last = setTimeout(() => server.closeAllConnections(), LONGEST_CALL_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(last);
}

/** Waits until no connection is open, or as long as kept connections get for one more call. */
function lastAnswers(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(look);
      clearTimeout(longest);
      resolve();
    };
    const ask = () => server.getConnections((error, open) => (error !== null || open === 0) && end());
    const look = setInterval(ask, IDLE_SWEEP_MS);
    const longest = setTimeout(end, LAST_CALLS_MS);
    ask();
  });
}
