import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

const SWEEP_MS = 50;
/** How long kept connections stay open at a stop, for the last call of clients that call often. */
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
 * Ends the server without cutting anybody off. Every answer must say `Connection: close` by now, as
 * those of a draining server do.
 *
 * New connections are refused at once: a client, or a proxy, can then try elsewhere. Connections
 * that are kept alive stay open a while longer, because their client may be sending its next call
 * at this very moment and would meet a reset; that call is answered, and its answer ends the
 * connection. What stays idle is closed.
 */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const { server } = app;
  await arrivals();
  // The method of http.Server would also close the idle connections.
  TcpServer.prototype.close.call(server);
  await connectionsEnded(server, LAST_CALLS_MS);
  await arrivals();
  server.closeIdleConnections();
  // The answer to a call that began before the stop could not say that its connection ends.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  // A client that does not take its answer can't hold the stop up for ever.
  const last = setTimeout(() => server.closeAllConnections(), LONGEST_CALL_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(last);
}

/**
 * Waits for the moment right after all that had arrived was accepted and read: what is closed then
 * loses nothing.
 */
const arrivals = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits until no connection is open, and no longer than `longestMs`. */
function connectionsEnded(server: Server, longestMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(poll);
      clearTimeout(longest);
      resolve();
    };
    const ask = () => server.getConnections((error, open) => (error !== null || open === 0) && end());
    const poll = setInterval(ask, SWEEP_MS);
    const longest = setTimeout(end, longestMs);
    ask();
  });
}
