import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ask } from '@api-factory/control/testing/database';
import { plainEnv, ROOT } from './process.ts';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Starts a script from `scripts/` in a separate process group. */
export function spawnScript(name: string, args: string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(join(ROOT, 'scripts', name), args, { env: plainEnv(env), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout?.on('data', (bytes: Buffer) => (output.out += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (output.err += bytes.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out: output.out.trim(), err: output.err.trim() }));
  return { child, ended };
}

/** Runs a script from `scripts/` and waits for it to exit. */
export const runScript = (name: string, args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  spawnScript(name, args, env).ended;

/** Why `pg_dump` can't dump the server at `url`; null when it can. */
export async function whyNoDump(url: string): Promise<string | null> {
  const version = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return 'pg_dump is not installed; run `apt-get install postgresql`';
  const client = Number(/\) (\d+)/.exec(version.stdout)?.[1]);
  const server = Math.floor(
    Number((await ask<{ server_version_num: string }>(url, 'show server_version_num'))[0]?.server_version_num) / 10_000,
  );
  if (client >= server) return null;
  return `pg_dump has version ${client}, the server version ${server}; set TEST_DATABASE_URL to an older server, as .ci/run does`;
}
