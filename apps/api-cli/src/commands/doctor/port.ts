import { createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Health } from './health.ts';

export async function checkPort({ bindHost, port }: Config, local: Health | null): Promise<Finding> {
  const address = `${bindHost}:${port}`;
  if (local !== null && local.status !== 'ok') {
    return fail('port', `api-factory ${local.version} on ${address} does not accept calls`, `See GET http://${address}/_api/healthz.`);
  }
  if (local !== null) return ok('port', `api-factory ${local.version} answers on ${address}`);
  const code = await listenFailure(bindHost, port);
  if (code === null) return ok('port', port === 0 ? 'any free port' : `${address} is free`);
  return fail('port', `can’t listen on ${address} (${code})`, FIXES[code] ?? 'Choose another address with PORT or BIND_HOST.');
}

const FIXES: Record<string, string> = {
  EADDRINUSE: 'Stop the program that listens there, or choose another with PORT.',
  EACCES: 'Choose a PORT of 1024 or more, or allow Node to listen on this one.',
  EADDRNOTAVAIL: 'BIND_HOST must be an address of this machine.',
};

/** No finding when no product runs here or its clock is correct. */
export const checkRunningClock = (local: Health | null): Finding[] =>
  local === null || local.clockFault === null
    ? []
    : [warn('product clock', local.clockFault, 'Sync the machine’s clock with NTP, and restart the product.')];

/** The error code, or null when listening works; the listener is closed immediately. */
function listenFailure(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
