import { createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TIMEOUT_MS = 2_000;

/** What answers on the configured address, when it is an api-factory. */
export interface Running {
  version: string;
  status: string;
  /** What its readiness says of its clock; null when that agrees with the machine's and the database's. */
  clock: string | null;
}

/** The body of `healthz`, as far as it is read. */
interface Health {
  version: string;
  status: string;
  checks: Record<string, { ok: boolean; detail?: string } | undefined>;
}

/** null when nothing, or something else, answers. */
export async function runningProduct({ bindHost, port }: Config): Promise<Running | null> {
  if (port === 0) return null;
  try {
    const response = await fetch(`http://${address(bindHost)}:${port}/_api/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as Partial<Health>;
    if (typeof body.version !== 'string' || typeof body.status !== 'string') return null;
    const clock = body.checks?.clock;
    return { version: body.version, status: body.status, clock: clock?.ok === false ? (clock.detail ?? 'differs') : null };
  } catch {
    return null;
  }
}

/** Nothing when no product runs, or when its clock is right. */
export const checkRunningClock = (running: Running | null): Finding[] =>
  running === null || running.clock === null
    ? []
    : [warn('product clock', running.clock, 'Keep the machine’s clock right by NTP, and restart the product.')];

export async function checkPort({ bindHost, port }: Config, running: Running | null): Promise<Finding> {
  const place = `${bindHost}:${port}`;
  if (running !== null && running.status !== 'ok')
    return fail('port', `api-factory ${running.version} on ${place} takes no calls`, `See GET http://${place}/_api/healthz.`);
  if (running !== null) return ok('port', `api-factory ${running.version} answers on ${place}`);
  const code = await listenFailure(bindHost, port);
  if (code === null) return ok('port', port === 0 ? 'any free one' : `${place} is free`);
  return fail('port', `${place} can’t be listened on (${code})`, MENDS[code] ?? 'Choose another with PORT or BIND_HOST.');
}

const MENDS: Record<string, string> = {
  EADDRINUSE: 'Stop what listens there, or choose another with PORT.',
  EACCES: 'Choose a PORT of 1024 or more, or give Node the right to use this one.',
  EADDRNOTAVAIL: 'BIND_HOST must be an address of this machine.',
};

/** null when listening works; it is ended at once. */
function listenFailure(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** Where to ask a server that listens on `bindHost`. */
function address(bindHost: string): string {
  if (bindHost === '0.0.0.0') return '127.0.0.1';
  if (bindHost === '::') return '[::1]';
  return bindHost.includes(':') ? `[${bindHost}]` : bindHost;
}
