/**
 * Runs the shell blocks of README.md and docs/first-steps.md verbatim and compares their output;
 * then those of the SDK's README, see readme/sdk.mjs.
 *
 * - The block marked `sh server` in README.md runs in the background; the others wait until
 *   `/_api/readyz` returns 200.
 * - The blocks marked `sh` run in order from the repository's root, in one shell per document. The
 *   check stops at a line that fails and when a document takes longer than two minutes.
 * - A block marked `text` after one is its expected output; `…` matches anything, including several
 *   lines.
 * - Blocks with another mark, such as `sh compose`, are run elsewhere.
 *
 * Two things are replaced: the port 8787 with a free one, and `af_admin_…` with the operator key,
 * which a start without a terminal writes to a file. The data directory is temporary.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ENTRY, prepare, ROOT } from './prepare.mjs';
import { runSdkBlocks } from './readme/sdk.mjs';

const DOCUMENTS = ['README.md', 'docs/first-steps.md'];
const READY_MS = 60_000;
/** Stops blocks that hang. */
const DOCUMENT_TIMEOUT_MS = 120_000;
const BLOCK = /^```(sh server|sh|text)\n([\s\S]*?)^```$/gm;

const dataDir = mkdtempSync(join(tmpdir(), 'api-factory-readme-'));
const port = await freePort();
const env = { ...process.env, PORT: String(port), API_FACTORY_DATA_DIR: dataDir };
for (const name of ['API_FACTORY_ADMIN_KEY', 'API_FACTORY_URL', 'DATABASE_URL', 'INIT_CWD']) delete env[name];
env.API_FACTORY_URL = `http://127.0.0.1:${port}`;
let server = null;

try {
  prepare();
  process.exitCode = await check();
} finally {
  await stopServer();
  rmSync(dataDir, { recursive: true, force: true });
}

async function check() {
  const documents = DOCUMENTS.map((name) => ({ name, blocks: blocksOf(name) }));
  const servers = documents.flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === 'sh server'));
  if (servers.length !== 1) throw new Error(`the documents have ${servers.length} blocks marked "sh server"; they must have one`);
  await startServer(servers[0].text);
  const key = readFileSync(join(dataDir, 'operator-key'), 'utf8').trim();
  let wrong = 0;
  for (const { name, blocks } of documents) wrong += await checkDocument(name, blocks, key);
  const sdk = runSdkBlocks({ directory: join(dataDir, 'sdk'), port, env: sdkEnvironment(key) });
  return wrong + compare('packages/sdk-ts/README.md', sdk.blocks, sdk.outputs) === 0 ? 0 : 1;
}

function blocksOf(name) {
  const found = readFileSync(join(ROOT, name), 'utf8').matchAll(BLOCK);
  return [...found].map(([, kind, text]) => ({ kind, text: text.replaceAll('8787', String(port)) }));
}

/** @returns the number of blocks whose output differs */
async function checkDocument(name, blocks, key) {
  const shell = blocks.filter(({ kind }) => kind === 'sh').map(({ text }) => text.replaceAll('af_admin_…', key));
  const outputs = await runBlocks(name, shell);
  return compare(
    name,
    blocks.filter(({ kind }) => kind !== 'sh server'),
    outputs,
  );
}

/** The SDK's examples read the operator key and a new API key from the environment. */
function sdkEnvironment(operatorKey) {
  const withOperator = { ...env, API_FACTORY_ADMIN_KEY: operatorKey };
  const create = [ENTRY, 'keys', 'create', '--name', 'sdk', '--plan', 'starter'];
  const key = execFileSync(process.execPath, create, { env: withOperator, encoding: 'utf8' }).trim();
  return { ...withOperator, API_FACTORY_KEY: key };
}

/** @returns the number of blocks whose output differs */
function compare(name, blocks, outputs) {
  let index = -1;
  let wrong = 0;
  for (const { kind, text } of blocks) {
    if (kind !== 'text') index += 1;
    else if (!matches(outputs[index] ?? '', text)) {
      wrong += 1;
      console.error(`${name}: expected block ${index + 1} to print\n${text}\nbut it printed\n${outputs[index]}`);
    }
  }
  console.log(`${name}: ${outputs.length} blocks ran, the output of ${wrong} differs`);
  return wrong;
}

/** Ignores the carriage returns of HTTP headers. */
function matches(printed, shown) {
  const pattern = shown
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`).test(printed.replaceAll('\r', '').trim());
}

/** Runs all blocks in one shell, with a mark after each. @returns the standard output of each */
async function runBlocks(name, blocks) {
  const mark = `end-of-block-${process.pid}`;
  const script = blocks.map((text) => `${text}\necho\necho ${mark}\n`).join('');
  const { code, stdout } = await runShell(`set -eu\n${script}`);
  const outputs = stdout.split(`\n${mark}\n`).slice(0, -1);
  if (code !== 0)
    throw new Error(`block ${outputs.length + 1} of ${name} failed with exit code ${code}:\n${blocks[outputs.length]}\n${stdout}`);
  return outputs;
}

function runShell(script) {
  const shell = spawn('bash', ['-c', script], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: DOCUMENT_TIMEOUT_MS });
  let stdout = '';
  shell.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  return new Promise((resolve, reject) => {
    shell.on('error', reject);
    shell.on('close', (code) => resolve({ code, stdout }));
  });
}

/** In its own process group, so that npm and its child processes are stopped together. */
async function startServer(text) {
  server = spawn('bash', ['-c', text], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  server.stdout.setEncoding('utf8').on('data', (chunk) => {
    log = (log + chunk).slice(-4_000);
  });
  const until = Date.now() + READY_MS;
  while (!(await isReady())) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`the documents’ server did not become ready:\n${log}`);
    await pause(100);
  }
}

function isReady() {
  return fetch(`http://127.0.0.1:${port}/_api/readyz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Waits for the whole group: the shell exits before the product has stopped its database. */
async function stopServer() {
  if (server === null) return;
  for (let signal = 'SIGTERM'; signalGroup(signal); signal = 0) await pause(100);
}

/** False when no process of the group is left. */
function signalGroup(signal) {
  try {
    return process.kill(-server.pid, signal);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
