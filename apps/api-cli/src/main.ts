#!/usr/bin/env node
import { run } from './commands/run.ts';
import { VERSION } from './version.ts';

// `api-factory keys list | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // EIO: the terminal is gone.
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  if (error.code === 'EPIPE') process.exit(0);
});

const { env, stdin, stdout, stderr } = process;
// Set by npm, npx and pnpm.
if (env.npm_command !== undefined) stopWith(process.ppid);

/**
 * npm and npx may exit without forwarding the signal. Then nothing waits for this process any more,
 * and nobody knows its pid to stop it.
 */
function stopWith(parent: number): void {
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
// After `serve` the process keeps running; close-with-grace ends it.
if (exitCode !== 0) process.exitCode = exitCode;
