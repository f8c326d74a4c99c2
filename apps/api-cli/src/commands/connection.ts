import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AdminClient, adminClient } from '../client.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** Options of every command that talks to the admin API. */
export interface ConnectionOptions {
  json?: boolean;
  url?: string;
  adminKey?: string;
  adminKeyFile?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8787';

/** Origin of the installation: `--url`, else API_FACTORY_URL, else this machine at PORT. */
export function installationUrl({ url }: ConnectionOptions, { env }: Terminal): string {
  const text = url ?? (env.API_FACTORY_URL || (env.PORT ? `http://127.0.0.1:${env.PORT}` : DEFAULT_URL));
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`the address was ${JSON.stringify(text)}; it must be an http or https URL such as ${DEFAULT_URL}`);
  }
  return text;
}

/** A client with the operator key. @throws UsageError when there is none, or the address is not one */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<AdminClient> {
  const url = installationUrl(options, terminal);
  return adminClient(url, await operatorKey(options, url, terminal));
}

/**
 * The operator key: from an option, from the environment, or from the file that a start without a terminal has written.
 * That file is used for this machine alone: an address elsewhere must not be sent a key that it was not given.
 */
async function operatorKey(options: ConnectionOptions, url: string, terminal: Terminal): Promise<string> {
  const { env } = terminal;
  if (options.adminKey !== undefined) return options.adminKey;
  if (options.adminKeyFile !== undefined) return readKeyFile(options.adminKeyFile, '--admin-key-file', env);
  if (env.API_FACTORY_ADMIN_KEY) return env.API_FACTORY_ADMIN_KEY;
  if (env.API_FACTORY_ADMIN_KEY_FILE) return readKeyFile(env.API_FACTORY_ADMIN_KEY_FILE, 'API_FACTORY_ADMIN_KEY_FILE', env);
  const { dataDirectory } = await import('../config.ts');
  const path = join(dataDirectory(env), 'operator-key');
  const key = isLoopback(url) ? readIfThere(path) : null;
  if (key !== null) return key;
  throw new UsageError(
    'there is no operator key. Give it with --admin-key-file PATH, or in API_FACTORY_ADMIN_KEY. ' +
      `A start without a terminal writes it to ${path}.`,
  );
}

function readKeyFile(path: string, source: string, env: NodeJS.ProcessEnv): string {
  const absolute = resolve(env.INIT_CWD || '.', path);
  const key = readIfThere(absolute);
  if (key === null) throw new UsageError(`${source} names ${absolute}, which can’t be read or is empty`);
  return key;
}

/** null when the file is not there, is not ours to read, or is empty. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

const isLoopback = (url: string): boolean => /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(new URL(url).hostname);
