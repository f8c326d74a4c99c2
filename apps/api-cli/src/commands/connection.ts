import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isLoopback } from '@api-factory/core';
import type { Client } from '@api-factory/sdk-ts';
import { type Terminal, UsageError } from './terminal.ts';

/** Options of every command that calls the operator API. */
export interface ConnectionOptions {
  json?: boolean;
  url?: string;
  adminKey?: string;
  adminKeyFile?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8787';

/** A client with the operator key. @throws UsageError when there is no key or the URL is invalid */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<Client> {
  const url = productUrl(options, terminal);
  const key = await operatorKey(options, url, terminal);
  const { operatorClient } = await import('./operator-client.ts');
  return operatorClient(url, key);
}

/** `--url`, else API_FACTORY_URL, else this machine at PORT. */
function productUrl({ url }: ConnectionOptions, { env }: Terminal): string {
  const text = url ?? (env.API_FACTORY_URL || (env.PORT ? `http://127.0.0.1:${env.PORT}` : DEFAULT_URL));
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`the address was ${JSON.stringify(text)}; it must be an http or https URL such as ${DEFAULT_URL}`);
  }
  return text;
}

/**
 * From an option, the environment, or the file that a start without a terminal writes. That file is
 * used only for a loopback address: its key must not be sent to another host.
 */
async function operatorKey(options: ConnectionOptions, url: string, terminal: Terminal): Promise<string> {
  const { env } = terminal;
  if (options.adminKey !== undefined) return options.adminKey;
  if (options.adminKeyFile !== undefined) return readKeyFile(options.adminKeyFile, '--admin-key-file', env);
  if (env.API_FACTORY_ADMIN_KEY) return env.API_FACTORY_ADMIN_KEY;
  if (env.API_FACTORY_ADMIN_KEY_FILE) return readKeyFile(env.API_FACTORY_ADMIN_KEY_FILE, 'API_FACTORY_ADMIN_KEY_FILE', env);
  const { dataDirectory } = await import('../config.ts');
  const path = join(dataDirectory(env), 'operator-key');
  const key = isThisMachine(url) ? readIfPresent(path) : null;
  if (key !== null) return key;
  throw new UsageError(
    'there is no operator key. Pass it with --admin-key-file PATH, or set API_FACTORY_ADMIN_KEY. ' +
      `A product started without a terminal writes it to ${path}.`,
  );
}

function readKeyFile(path: string, source: string, env: NodeJS.ProcessEnv): string {
  const absolute = resolve(env.INIT_CWD || '.', path);
  const key = readIfPresent(absolute);
  if (key === null) throw new UsageError(`${source} points to ${absolute}, which can’t be read or is empty`);
  return key;
}

/** null when the file is missing, unreadable or empty. */
function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

export function isThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || isLoopback(hostname);
}
