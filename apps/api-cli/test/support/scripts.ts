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

/** Starts a script of `scripts/` in a process group of its own. */
export function spawnScript(name: string, args: string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(join(ROOT, 'scripts', name), args, { env: plainEnv(env), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout?.on('data', (bytes: Buffer) => (output.out += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (output.err += bytes.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out: output.out.trim(), err: output.err.trim() }));
  return { child, ended };
}

/** Runs a script of `scripts/` to its end. */
export const runScript = (name: string, args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  spawnScript(name, args, env).ended;

/** Why `pg_dump` can't dump the server at `url`; null when it can. */
export async function whyNoDump(url: string): Promise<string | null> {
  const found = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  if (found.status !== 0) return 'there is no pg_dump; `apt-get install postgresql` brings it';
  const client = Number(/\) (\d+)/.exec(found.stdout)?.[1]);
  const server = Math.floor(
    Number((await ask<{ server_version_num: string }>(url, 'show server_version_num'))[0]?.server_version_num) / 10_000,
  );
  if (client >= server) return null;
  return `pg_dump is of version ${client} and the server of version ${server}; name an older server with TEST_DATABASE_URL, as .ci/run does`;
}
