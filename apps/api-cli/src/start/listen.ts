import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

const SWEEP_MS = 50;
/** How long idle keep-alive connections stay open at shutdown, for a call already in transit. */
const IDLE_GRACE_MS = 1_000;
const CALL_TIMEOUT_MS = 15_000;

/**
 * Listens on the configured address and returns it. @throws Error that explains how to fix it
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
 * Closes the server gracefully. Every response must already send `Connection: close`, as a draining
 * server does.
 *
 * New connections are refused at once, so that clients and proxies can try another server.
 * Keep-alive connections stay open a little longer: a client may be sending a call, and would get a
 * reset. Answering that call closes its connection. The rest are then closed as idle.
 */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const { server } = app;
  await pendingRead();
  // http.Server's own method would also close idle connections.
  TcpServer.prototype.close.call(server);
  await connectionsClosed(server, IDLE_GRACE_MS);
  await pendingRead();
  server.closeIdleConnections();
  // The response to a call from before the stop could not send `Connection: close`.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  // A client that does not read its response must not block the stop forever.
  const timeout = setTimeout(() => server.closeAllConnections(), CALL_TIMEOUT_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(timeout);
}

/** Waits until all pending connections and data are read, so that closing loses nothing. */
const pendingRead = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits until no connection is open, at most `timeoutMs`. */
function connectionsClosed(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearInterval(poll);
      clearTimeout(timeout);
      resolve();
    };
    const check = () => server.getConnections((error, open) => (error !== null || open === 0) && done());
    const poll = setInterval(check, SWEEP_MS);
    const timeout = setTimeout(done, timeoutMs);
    check();
  });
}
