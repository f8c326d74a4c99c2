/**
 * Installs what a release would publish, as a user does, and uses it: `npx api-factory` in an empty
 * folder on both lines of Node, and the SDK beside it. node scripts/verify-package.mjs [--keep]
 * Packs the working tree, fetches a Node of the other line and the dependencies from the npm
 * registry. As root, one line runs as root and one as nobody. Exit code 0 when all of it works, 1
 * when something does not, 2 for wrong arguments. --keep leaves the folder where it ran and says
 * where.
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
    `usage: node scripts/verify-package.mjs [--keep]\n--keep leaves the folder where it ran. It packs, installs and runs; it takes a minute or two.`,
  );
  process.exit(args.includes('--help') ? 0 : 2);
}
const scratch = mkdtempSync(join(tmpdir(), 'api-factory-package-'));
// The other user has to get to the folder of its own below it.
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
  if (args.includes('--keep')) console.log(`left in ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function verify({ label, path }, index, packed, npmCache) {
  // Root is unlike everybody else: the embedded database runs as another user then, out of root's
  // own folders.
  const identity = process.getuid?.() === 0 && index > 0 ? NOBODY : undefined;
  const directory = join(scratch, `user-${index}`);
  const user = userOf({ directory, path, tarball: packed.command, ...(identity ? { identity } : { npmCache }) });
  const says = (what) => console.log(`ok    ${label}${identity ? ', as nobody' : ''}: ${what}`);

  running = await user.start();
  says('npx api-factory gets ready in an empty folder');
  checkOperatorKey(user.folder, running.log());
  await checkPages(running.url);
  says('readyz, the console, the checkout page and the contract answer');
  const env = { API_FACTORY_URL: running.url };
  assert.equal((await user.command(['--version'])).trim(), VERSION);
  const key = (await user.command(['keys', 'create', '--name', 'first', '--plan', 'starter'], env)).trim();
  assert.match(key, /^af_(test|live)_[0-9A-Za-z]{36}$/);
  for (let call = 0; call < CALLS; call++) await guardedCall(running.url, key);
  await refusedCall(running.url);
  says('a key made by the command calls, another is refused');
  await running.stop();
  checkDatabaseStopped(user.folder);
  says('SIGTERM ends it with exit code 0');

  running = await user.start();
  assert.equal(await usedBy(running.url, key), CALLS, 'usage after a restart');
  says(`after a restart ${CALLS} calls are counted`);
  callWithSdk({ directory: join(scratch, `sdk-${index}`), path, tarball: packed.sdk, url: running.url, key });
  assert.equal(await usedBy(running.url, key), CALLS + 1, 'usage after the call by the SDK');
  says('the SDK calls with the same key');
  await running.stopNpx();
  checkDatabaseStopped(user.folder);
  running = null;
  says('SIGTERM to npx ends it, too');
}

function checkDatabaseStopped(folder) {
  assert.ok(!existsSync(join(folder, 'data/postgres/postmaster.pid')), 'the embedded database still runs after the stop');
}

/** Without a terminal the first key goes into a file, and the log says where, never what. */
function checkOperatorKey(folder, log) {
  const path = join(folder, 'data/operator-key');
  assert.equal(statSync(path).mode & 0o777, 0o600, 'the mode of the operator key file');
  assert.ok(log.includes('data/operator-key'), 'the log does not say where the operator key is');
  assert.ok(!log.includes(readFileSync(path, 'utf8').trim()), 'the operator key is in the log');
}

async function checkPages(url) {
  await expectAnswer(`${url}/_api/readyz`, '');
  for (const page of ['/', '/checkout', '/docs']) await expectAnswer(`${url}${page}`, '<!doctype html>');
  const contract = JSON.parse(await expectAnswer(`${url}/openapi.json`, ''));
  assert.equal(contract.info.version, VERSION, 'the version in the contract');
}

async function expectAnswer(address, beginning) {
  const answer = await fetch(address, { headers: { accept: 'text/html,*/*' } });
  const body = await answer.text();
  assert.equal(answer.status, 200, `${address} answered ${answer.status}: ${body.slice(0, 200)}`);
  assert.ok(body.toLowerCase().startsWith(beginning), `${address} answered ${body.slice(0, 200)}`);
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
  assert.equal(answer.status, 200, `a guarded call answered ${answer.status}`);
  assert.deepEqual((await answer.json()).data, { packed: true });
}

async function refusedCall(url) {
  assert.equal((await callWith(url, 'af_live_nonsense')).status, 401, 'the status for a wrong key');
}

async function usedBy(url, key) {
  const answer = await fetch(`${url}/api/admin/keys/me`, { headers: { 'x-api-key': key } });
  return (await answer.json()).data.usage.used;
}

/** In a folder where the tarball is installed, as a module that imports it by its name. */
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
  assert.equal(execFileSync('node', ['call.mjs'], options), 'sdk\n', 'what the SDK got');
}
