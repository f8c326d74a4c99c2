/**
 * The time from `npm start` in an installed tree to `/_api/readyz` 200, with a new and an existing
 * embedded database; compared with Node and npm alone. Options: --samples 5
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, printTable } from './table.ts';

const { values } = parseArgs({ options: { samples: { type: 'string', default: '5' } } });
const samples = Number(values.samples);
const root = fileURLToPath(new URL('..', import.meta.url));
const READY_MS = 60_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Milliseconds until the command exits. */
function untilExit(command, args, cwd) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    spawn(command, args, { cwd, stdio: 'ignore' })
      .on('error', reject)
      .on('exit', (code) => (code === 0 ? resolve(performance.now() - from) : reject(new Error(`${command} exited with ${code}`))));
  });
}

async function isReady(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/_api/readyz`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Milliseconds from `npm start` to the first 200 of readyz. Then stops the product. */
async function untilReady(dataDir) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), API_FACTORY_DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  const from = performance.now();
  // In its own process group, because the signal must also reach npm's child processes.
  const child = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null || performance.now() - from > READY_MS) throw new Error(`not ready:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return performance.now() - from;
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
    await untilStopped(dataDir);
  }
}

/**
 * npm may exit before the product, which stops its database last: the next sample must not start
 * before that.
 */
async function untilStopped(dataDir) {
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
  for (let i = 0; i < 400 && existsSync(pidFile); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  if (existsSync(pidFile)) console.log(`a database server is still running in ${dataDir}`);
}

const scratch = mkdtempSync(join(tmpdir(), 'api-factory-start-'));
chmodSync(scratch, 0o755);
const times = { node: [], npm: [], created: [], existing: [] };
try {
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ name: 'empty', private: true, scripts: { start: 'node -e 0' } }));
  // Runs outdated setup steps first, so that an installed tree is measured.
  await untilReady(join(scratch, 'existing'));
  for (let round = 0; round < samples; round++) {
    times.node.push(await untilExit(process.execPath, ['-e', '0'], scratch));
    times.npm.push(await untilExit('npm', ['start'], scratch));
    times.created.push(await untilReady(join(scratch, `new-${round}`)));
    times.existing.push(await untilReady(join(scratch, 'existing')));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const names = {
  node: 'node -e 0',
  npm: 'npm start of an empty package',
  created: 'npm start to ready, new embedded database',
  existing: 'npm start to ready, existing embedded database',
};
const base = median(times.npm);
const rows = Object.entries(names).map(([key, name]) => {
  const list = times[key];
  const ms = median(list);
  return [name, ms.toFixed(0), `${Math.min(...list).toFixed(0)}–${Math.max(...list).toFixed(0)}`, (ms / base).toFixed(2)];
});
printTable(`start: milliseconds, medians of ${samples}`, ['what', 'ms', 'from–to', '× empty npm start'], rows);
