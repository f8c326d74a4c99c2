/**
 * Installs and uses what a release would publish, as a user would: `npx api-factory` in an empty
 * directory on both supported Node versions, and the SDK.
 *   node scripts/verify-package.mjs [--keep]
 * Packs the working tree, and fetches the other Node version and the dependencies from the npm
 * registry. When run as root, one version runs as root and one as nobody. --keep keeps the scratch
 * directory and prints its path. Exit code 1 when a check fails, 2 for wrong arguments.
 */
import './node-version.mjs';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './package/pack.mjs';
import { runtimes } from './package/runtimes.mjs';
import { networkSettings, userOf } from './package/user.mjs';
import { ROOT } from './prepare.mjs';

const CALLS = 3;
const NOBODY = { uid: 65534, gid: 65534 };
const VERSION = JSON.parse(readFileSync(join(ROOT, 'apps/api-cli/package.json'), 'utf8')).version;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--keep')) {
  console.error(
    `usage: node scripts/verify-package.mjs [--keep]\nPacks, installs and runs the packages; takes a minute or two. --keep keeps the scratch directory.`,
  );
  process.exit(args.includes('--help') ? 0 : 2);
}
const scratch = mkdtempSync(join(tmpdir(), 'api-factory-package-'));
// The other user must be able to reach its own directory below.
chmodSync(scratch, 0o711);
let running = null;
const interrupted = async (signal) => {
  await running?.abandon();
  cleanUp();
  process.exit(signal === 'SIGINT' ? 130 : 143);
};
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
try {
  const packed = { command: pack('api-factory', scratch), sdk: pack('@api-factory/sdk-ts', scratch) };
  const npmCache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  for (const [index, runtime] of runtimes(scratch).entries()) await verify(runtime, index, packed, npmCache);
  console.log('the packages work');
} catch (error) {
  await running?.abandon();
  console.error(`FAIL  ${error.message}${error.stderr ? `\n${error.stderr}` : ''}`);
  process.exitCode = 1;
} finally {
  cleanUp();
}

function cleanUp() {
  if (args.includes('--keep')) console.log(`kept ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function verify({ label, path }, index, packed, npmCache) {
  // Root is special: the embedded database then runs as another user, outside root's own
  // directories.
  const identity = process.getuid?.() === 0 && index > 0 ? NOBODY : undefined;
  const directory = join(scratch, `user-${index}`);
  const user = userOf({ directory, path, tarball: packed.command, ...(identity ? { identity } : { npmCache }) });
  const pass = (what) => console.log(`ok    ${label}${identity ? ', as nobody' : ''}: ${what}`);

  running = await user.start();
  pass('npx api-factory becomes ready in an empty directory');
  checkOperatorKey(user.folder, running.log());
  await checkPages(running.url);
  pass('readyz, the console, the checkout page and the contract respond');
  const env = { API_FACTORY_URL: running.url };
  assert.equal((await user.command(['--version'])).trim(), VERSION);
  const key = (await user.command(['keys', 'create', '--name', 'first', '--plan', 'starter'], env)).trim();
  assert.match(key, /^af_(test|live)_[0-9A-Za-z]{36}$/);
  for (let call = 0; call < CALLS; call++) await guardedCall(running.url, key);
  await refusedCall(running.url);
  pass('a key created by the CLI works, an unknown one is refused');
  await running.stop();
  checkDatabaseStopped(user.folder);
  pass('SIGTERM stops it with exit code 0');

  running = await user.start();
  assert.equal(await usedBy(running.url, key), CALLS, 'usage after a restart');
  pass(`after a restart ${CALLS} calls are counted`);
  callWithSdk({ directory: join(scratch, `sdk-${index}`), path, tarball: packed.sdk, url: running.url, key });
  assert.equal(await usedBy(running.url, key), CALLS + 1, 'usage after the call by the SDK');
  pass('the SDK works with the same key');
  await running.stopNpx();
  checkDatabaseStopped(user.folder);
  running = null;
  pass('SIGTERM to npx stops it, too');
}

function checkDatabaseStopped(folder) {
  assert.ok(!existsSync(join(folder, 'data/postgres/postmaster.pid')), 'the embedded database still runs after the stop');
}

/** Without a terminal the first key is written to a file, and only its path is logged. */
function checkOperatorKey(folder, log) {
  const path = join(folder, 'data/operator-key');
  assert.equal(statSync(path).mode & 0o777, 0o600, 'the mode of the operator key file');
  assert.ok(log.includes('data/operator-key'), 'the log does not name the operator key file');
  assert.ok(!log.includes(readFileSync(path, 'utf8').trim()), 'the operator key is in the log');
}

async function checkPages(url) {
  await expectAnswer(`${url}/_api/readyz`, '');
  for (const page of ['/', '/checkout', '/docs']) await expectAnswer(`${url}${page}`, '<!doctype html>');
  const contract = JSON.parse(await expectAnswer(`${url}/openapi.json`, ''));
  assert.equal(contract.info.version, VERSION, 'the version in the contract');
}

async function expectAnswer(address, prefix) {
  const answer = await fetch(address, { headers: { accept: 'text/html,*/*' } });
  const body = await answer.text();
  assert.equal(answer.status, 200, `${address} returned ${answer.status}: ${body.slice(0, 200)}`);
  assert.ok(body.toLowerCase().startsWith(prefix), `${address} returned ${body.slice(0, 200)}`);
  return body;
}

function callWith(url, key) {
  return fetch(`${url}/api/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'echo', payload: { packed: true } }),
  });
}

async function guardedCall(url, key) {
  const answer = await callWith(url, key);
  assert.equal(answer.status, 200, `a guarded call returned ${answer.status}`);
  assert.deepEqual((await answer.json()).data, { packed: true });
}

async function refusedCall(url) {
  assert.equal((await callWith(url, 'af_live_nonsense')).status, 401, 'the status for a wrong key');
}

async function usedBy(url, key) {
  const answer = await fetch(`${url}/api/admin/keys/me`, { headers: { 'x-api-key': key } });
  return (await answer.json()).data.usage.used;
}

/** Calls from a module that imports the installed SDK by its package name. */
function callWithSdk({ directory, path, tarball, url, key }) {
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{}');
  const options = {
    cwd: directory,
    env: { ...process.env, ...networkSettings(), PATH: path, SDK_URL: url, SDK_KEY: key },
    encoding: 'utf8',
  };
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball], options);
  writeFileSync(
    join(directory, 'call.mjs'),
    `import { createApiFactory, runAction } from '@api-factory/sdk-ts';
const client = createApiFactory({ baseUrl: process.env.SDK_URL, key: process.env.SDK_KEY });
const { data } = await runAction({ client, body: { action: 'echo', payload: { by: 'sdk' } } });
console.log(data.data.by);
`,
  );
  assert.equal(execFileSync('node', ['call.mjs'], options), 'sdk\n', 'the response to the SDK');
}
