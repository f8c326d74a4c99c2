import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

const SWEEP_MS = 50;
/** How long idle keep-alive connections stay open at a stop, for a call already on its way. */
const LAST_CALLS_MS = 1_000;
const LONGEST_CALL_MS = 15_000;

/**
 * Listens on the configured address and returns it. @throws Error that says how to fix a failure
 */
export async function listen(app: FastifyInstance, { port, bindHost }: Config): Promise<string> {
  try {
    return await app.listen({ port, host: bindHost });
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} on ${bindHost} is in use; stop the process that uses it, or set another PORT`,
      EADDRNOTAVAIL: `this machine has no address ${bindHost}; fix BIND_HOST`,
      EACCES: `this user is not allowed to listen on port ${port}; set a PORT above 1023`,
    };
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    throw reason === undefined ? error : new Error(reason, { cause: error });
  }
}

/**
 * Closes the server gracefully. Every response must already send `Connection: close`, as those of a
 * draining server do.
 *
 * New connections are refused at once, so that clients and proxies can try elsewhere. Keep-alive
 * connections stay open a little longer: their client may be sending a call right now and would get
 * a reset. That call is answered, which closes the connection. Idle ones are closed then.
 */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const { server } = app;
  await arrivals();
  // The method of http.Server would also close idle connections.
  TcpServer.prototype.close.call(server);
  await connectionsEnded(server, LAST_CALLS_MS);
  await arrivals();
  server.closeIdleConnections();
  // The response to a call from before the stop could not send `Connection: close`.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  // A client that does not read its response must not block the stop forever.
  const last = setTimeout(() => server.closeAllConnections(), LONGEST_CALL_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(last);
}

/** Waits until everything that has arrived is accepted and read, so that closing loses nothing. */
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
