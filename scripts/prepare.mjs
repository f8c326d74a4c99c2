import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace root, with a trailing separator. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));
export const ENTRY = join(ROOT, 'apps/api-cli/dist/main.js');

const SDK = join(ROOT, 'packages/sdk-ts');
const CONSOLE = join(ROOT, 'apps/admin-web');
const TSDOWN = join(ROOT, 'node_modules/tsdown/dist/run.mjs');
const STAMPS = join(ROOT, '.stamp');
const LOCK = join(STAMPS, 'lock');
const NOT_BUILT_FROM = /^(node_modules|dist|screenshots|test|testing|.*\.test\.ts)$/;

/**
 * Installs the packages, generates the SDK's source, and builds the console and the command, each
 * only if its inputs have changed since the last run. A concurrent second run waits for the first.
 * @throws StepError when a step fails; the step's own output has the reason
 */
export function prepare() {
  if (!STEPS.some(isOutdated)) return;
  mkdirSync(STAMPS, { recursive: true });
  withLock(() => {
    // Checked one by one, because a step may change the inputs of a later one.
    for (const step of STEPS) {
      if (!isOutdated(step)) continue;
      const hash = step.hash();
      process.stderr.write(`${step.says}\n`);
      step.run();
      writeFileSync(join(STAMPS, step.name), hash);
    }
  });
}

/** A step that exited with a non-zero code. */
export class StepError extends Error {
  /** @param {string} step @param {number} exitCode */
  constructor(step, exitCode) {
    super(`${step} failed with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const STEPS = [
  {
    name: 'install',
    says: 'Installing packages …',
    made: [join(ROOT, 'node_modules/.modules.yaml'), join(ROOT, 'apps/api-cli/node_modules')],
    hash: () => hashOf([...manifests(), 'pnpm-lock.yaml', 'pnpm-workspace.yaml'], `${process.platform} ${process.arch}`),
    run: install,
  },
  {
    name: 'sdk',
    says: 'Generating the SDK from openapi.yaml …',
    made: [join(SDK, 'src/generated/index.ts')],
    hash: () => hashOf(['openapi.yaml', 'packages/sdk-ts/openapi-ts.config.ts', 'packages/sdk-ts/package.json'], ''),
    run: () => runNode('sdk', join(SDK, 'node_modules/@hey-api/openapi-ts/bin/run.js'), ['--silent'], SDK),
  },
  {
    name: 'console',
    says: 'Building the console …',
    made: [join(CONSOLE, 'dist/index.html')],
    hash: () => hashOf([...sources('apps/admin-web'), ...sources('packages/sdk-ts'), 'pnpm-lock.yaml', 'tsconfig.base.json'], ''),
    run: buildConsole,
  },
  {
    name: 'build',
    says: 'Building the server and the CLI …',
    made: [ENTRY],
    hash: () => hashOf([...sources('packages'), ...sources('apps'), 'pnpm-lock.yaml', 'tsconfig.base.json'], ''),
    run: () => runNode('build', TSDOWN, ['--logLevel', 'error'], join(ROOT, 'apps/api-cli')),
  },
];

const isOutdated = (step) => !step.made.every((path) => existsSync(path)) || readStamp(step.name) !== step.hash();

function readStamp(name) {
  const path = join(STAMPS, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Hash of the names and contents of files, given as paths from the root. */
function hashOf(paths, salt) {
  const hash = createHash('sha256').update(salt);
  for (const path of [...paths].sort()) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`\n${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function manifests() {
  const members = ['packages', 'apps'].flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}/package.json`));
  return ['package.json', ...members.filter((path) => existsSync(join(ROOT, path)))];
}

function sources(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_BUILT_FROM.test(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : [path];
  });
}

function install() {
  // CI: pnpm must not prompt. Without NODE_ENV, because in production pnpm would skip the packages
  // that build the command.
  const { NODE_ENV: _, ...env } = { ...process.env, CI: 'true' };
  runPnpm('install', ['install', '--frozen-lockfile', '--prefer-offline'], { cwd: ROOT, env });
}

/** Always for production: otherwise React includes its checks and is half as large again. */
function buildConsole() {
  const env = { ...process.env, NODE_ENV: 'production' };
  run('console', process.execPath, [join(CONSOLE, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: CONSOLE, env });
}

/**
 * Runs the pnpm version in package.json through npx, so that nothing has to be installed
 * beforehand.
 * @param {string} step @param {string[]} args @param
 * {import('node:child_process').SpawnSyncOptions} options
 */
export function runPnpm(step, args, options) {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const windows = process.platform === 'win32';
  run(step, windows ? 'npx.cmd' : 'npx', ['--yes', packageManager, ...args], { shell: windows, ...options });
}

/** Builds the SDK's package. Only publishing needs it; a clone uses the source. */
export function buildSdk() {
  runNode('sdk:build', TSDOWN, ['--logLevel', 'error'], SDK);
}

/**
 * Runs a script with this Node. @param {string} step @param {string} script @param {string[]} args
 * @param {string} cwd
 */
export function runNode(step, script, args, cwd = ROOT) {
  run(step, process.execPath, [script, ...args], { cwd });
}

/** The step's output goes to standard error: standard output of `npm start` is the product's. */
function run(step, command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (error) throw new Error(`${step} could not be started: ${error.message}`);
  if (status !== 0) throw new StepError(step, status ?? 1);
}

function withLock(work) {
  for (let attempt = 0; !tryLock(); attempt++) {
    if (attempt === 1) process.stderr.write('Waiting for another setup of this directory (if none is running, remove .stamp/lock) …\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** False while another running process has the lock. Removes the lock of a dead one. */
function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = existsSync(LOCK) ? Number(readFileSync(LOCK, 'utf8')) : 0;
  if (holder > 0 && !isAlive(holder)) rmSync(LOCK, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
