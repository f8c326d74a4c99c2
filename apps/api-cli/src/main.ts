#!/usr/bin/env node
import { run } from './commands/run.ts';
import { VERSION } from './version.ts';

// `api-factory keys list | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // EIO: the terminal was closed.
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  if (error.code === 'EPIPE') process.exit(0);
});

const { env, stdin, stdout, stderr } = process;
// Set by npm, npx and pnpm.
if (env.npm_command !== undefined) stopWhenOrphaned(process.ppid);

/**
 * Stops this process when its parent exits: npm and npx may exit without forwarding the signal, and
 * would leave it running with an unknown pid.
 */
function stopWhenOrphaned(parent: number): void {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    // Once: a second signal would abort the graceful stop that the first one started.
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 1_000).unref();
}

const exitCode = await run({
  env,
  args: process.argv.slice(2),
  version: VERSION,
  nodeVersion: process.versions.node,
  out: (text) => stdout.write(text),
  say: (text) => stderr.write(`${text}\n`),
  interactive: stdin.isTTY === true && stderr.isTTY === true,
  color: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
  now: Date.now,
});
// After `serve` the process keeps running; close-with-grace exits it.
if (exitCode !== 0) process.exitCode = exitCode;
