import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const START_MS = 90_000;
const STOP_MS = 40_000;
const run = promisify(execFile);

/**
 * A user with an empty home directory who installs with npm. Of this machine's configuration, only
 * PATH and the access to the registry are used.
 * @param {{ directory: string, path: string, tarball: string, identity?: { uid: number, gid: number
 * }, npmCache?: string }} options `identity` runs everything as another user; `npmCache` shares its
 * downloads
 */
export function userOf({ directory, path, tarball, identity, npmCache }) {
  const folder = join(directory, 'empty');
  const cache = join(directory, 'npm');
  for (const needed of [directory, folder, cache]) mkdirSync(needed, { recursive: true });
  if (npmCache) symlinkSync(join(npmCache, '_cacache'), join(cache, '_cacache'));
  // The other user can't read this user's files.
  const installed = identity ? join(directory, 'api-factory.tgz') : tarball;
  if (identity) {
    cpSync(tarball, installed);
    for (const owned of [directory, folder, cache, installed]) chownSync(owned, identity.uid, identity.gid);
  }
  const env = {
    PATH: path,
    HOME: directory,
    npm_config_cache: cache,
    npm_config_update_notifier: 'false',
    PORT: '0',
    ...networkSettings(),
  };
  const options = { cwd: folder, env, ...identity };
  // --prefer-offline: cached packages are not revalidated.
  const npx = ['--yes', '--prefer-offline', '--package', installed, 'api-factory'];
  return {
    folder,
    /** Runs `npx api-factory …` and returns its output. */
    command: async (args, variables = {}) => (await run('npx', [...npx, ...args], { ...options, env: { ...env, ...variables } })).stdout,
    /** Starts `npx api-factory` in its own process group, without arguments and a terminal. */
    start: () => start(spawn('npx', npx, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true })),
  };
}

/**
 * Registry, certificates and proxies of the installed npm, because another npm has its own global
 * configuration.
 */
export function networkSettings() {
  const settings = { npm_config_registry: npmSetting('registry') };
  const cafile = npmSetting('cafile');
  if (cafile !== 'null') settings.npm_config_cafile = cafile;
  for (const [name, value] of Object.entries(process.env))
    if (/^(https?_proxy|no_proxy|node_extra_ca_certs)$/i.test(name)) settings[name] = value;
  return settings;
}

const npmSetting = (name) => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();

/**
 * @returns {Promise<{ url: string, log: () => string, stop: () => Promise<void>, stopNpx: () =>
 * Promise<void>, abandon: () => Promise<void> }>} once the product logs that it is ready
 */
async function start(child) {
  let output = '';
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  const ready = new Promise((resolve) => {
    const read = (chunk) => {
      output += chunk;
      const line = output.split('\n').find((text) => text.includes('"msg":"ready at '));
      if (line?.endsWith('}')) resolve(JSON.parse(line));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const product = await Promise.race([ready, ended.then(() => null), after(START_MS)]);
  // The output closes only after npx, its shell and the product have all exited.
  const end = async (pid, signal) => {
    signalTo(pid, signal);
    const code = await Promise.race([ended, after(STOP_MS)]);
    if (code === null) signalTo(-child.pid, 'SIGKILL');
    return code;
  };
  if (!product) {
    await end(-child.pid, 'SIGTERM');
    throw new Error(`npx api-factory did not become ready; it wrote:\n${output.slice(-4_000)}`);
  }
  return {
    url: product.address,
    log: () => output,
    /** SIGTERM to the product, like a service manager. @throws Error unless npx exits with 0 */
    async stop() {
      const code = await end(product.pid, 'SIGTERM');
      if (code !== 0)
        throw new Error(
          `after SIGTERM it ${code === null ? 'did not exit within 40 s' : `exited with ${code}`}; it wrote:\n${output.slice(-4_000)}`,
        );
    },
    /** SIGTERM to npx, whose pid the user sees. @throws Error when the product keeps running */
    async stopNpx() {
      if ((await end(child.pid, 'SIGTERM')) === null) throw new Error('SIGTERM stopped npx, but the product kept running');
    },
    abandon: () => end(-child.pid, 'SIGTERM'),
  };
}

function signalTo(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms, null).unref());
