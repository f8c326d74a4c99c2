import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ADMIN_KEY, type Api, apiAt } from './api.ts';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const ENTRY = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Builds the command if its sources have changed. */
export async function buildCommand(): Promise<void> {
  const { prepare } = (await import(`${ROOT}scripts/prepare.mjs`)) as { prepare: () => void };
  prepare();
}

/** Returns a port that is currently free. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface RunningCommand extends Api {
  process: ChildProcess;
  /** All output so far. */
  output: () => string;
  /**
   * Sends a signal to the process, or to its whole process group, and waits for it to exit. Returns
   * the exit code.
   */
  end: (signal: NodeJS.Signals, group?: boolean) => Promise<number | null>;
}

/**
 * The environment of a command. It inherits only the essentials from the environment of the tests.
 */
export const plainEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  API_FACTORY_ADMIN_KEY: ADMIN_KEY,
  ...env,
});

export interface SpawnOptions {
  /** Makes the product create an operator key. */
  withoutAdminKey?: boolean;
}

/** Starts `api-factory serve` in a separate process group. */
export function spawnServe(env: Record<string, string>, options: SpawnOptions = {}): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [ENTRY, 'serve'], {
    env: plainEnv(options.withoutAdminKey ? { API_FACTORY_ADMIN_KEY: undefined, ...env } : env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return { child, output: () => text };
}

/**
 * Starts the product as a process and waits until it is ready. @throws Error with its output when
 * it exits early
 */
export async function startCommand(env: Record<string, string> & { PORT: string }, options: SpawnOptions = {}): Promise<RunningCommand> {
  const { child, output } = spawnServe(env, options);
  const address = `http://127.0.0.1:${env.PORT}`;
  const exited = once(child, 'exit') as Promise<[number | null]>;
  while (!(await isReady(address))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the product exited before it was ready:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ...apiAt(address),
    process: child,
    output,
    end: async (signal, group = false) => {
      process.kill(group ? -(child.pid as number) : (child.pid as number), signal);
      const [code] = await exited;
      return code;
    },
  };
}

const isReady = (address: string): Promise<boolean> =>
  fetch(`${address}/_api/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );
