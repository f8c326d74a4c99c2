import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fixture } from './fixture.ts';
import { hasCommand, type Launch } from './process.ts';

export interface Contestant {
  name: string;
  about: string;
  /** False for the bare route, which checks no keys. */
  guarded: boolean;
  /** Caches keys on first use, so each key is called twice before the measurement. */
  learns: boolean;
  /** Why it can't be started, or null. */
  missing: string | null;
  launch(fixture: Fixture, port: number): Launch;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const built = here('../../apps/api-cli/dist/main.js');
const source = here('../../apps/api-cli/src/main.ts');

const LUA_MODULES = ['/usr/lib/nginx/modules/ndk_http_module.so', '/usr/lib/nginx/modules/ngx_http_lua_module.so'];

export const CONTESTANTS: Contestant[] = [
  {
    name: 'bare',
    about: 'Fastify, only the route: no key, no limit, no meter',
    guarded: false,
    learns: false,
    missing: null,
    launch: (_, port) => node('servers/bare.mjs', { PORT: String(port) }),
  },
  {
    name: 'per call',
    about: 'Fastify by hand: key looked up and row inserted in Postgres on each call',
    guarded: true,
    learns: false,
    missing: null,
    launch: ({ handWrittenUrl }, port) => node('servers/per-call.mjs', { PORT: String(port), DATABASE_URL: handWrittenUrl }),
  },
  {
    name: 'cached',
    about: 'Fastify by hand: cached key, counter in memory, rows inserted in batches',
    guarded: true,
    learns: true,
    missing: null,
    launch: ({ handWrittenUrl }, port) => node('servers/cached.mjs', { PORT: String(port), DATABASE_URL: handWrittenUrl }),
  },
  {
    name: 'nginx',
    about: 'nginx with Lua, keys and counters in memory, nothing on disk',
    guarded: true,
    learns: false,
    missing: missingNginx(),
    launch: nginx,
  },
  {
    name: 'api-factory',
    about: `the product (${existsSync(built) ? 'built' : 'from source'}), metering on`,
    guarded: true,
    learns: true,
    missing: existsSync(built) || existsSync(source) ? null : 'apps/api-cli is not built: run `pnpm build`',
    launch: product,
  },
];

function node(file: string, env: Record<string, string>): Launch {
  return { command: [process.execPath, here(file)], env: { NODE_ENV: 'production', ...env } };
}

/** Every sample gets a new data directory and thus a new spool. */
function product({ dir, productUrl }: Fixture, port: number): Launch {
  const entry = existsSync(built) ? [built] : ['--import', 'tsx', source];
  return {
    command: [process.execPath, ...entry, 'serve'],
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      BIND_HOST: '127.0.0.1',
      API_FACTORY_DATA_DIR: mkdtempSync(join(dir, 'product-')),
      API_FACTORY_ADMIN_KEY: 'only-for-this-bench-and-for-nothing-else',
      DATABASE_URL: productUrl,
      LOG_LEVEL: 'warn',
    },
  };
}

function missingNginx(): string | null {
  if (hasCommand('nginx') && LUA_MODULES.every((path) => existsSync(path))) return null;
  return 'nginx with its Lua module is not installed: on Debian `apt-get install nginx-light libnginx-mod-http-lua`';
}

function nginx({ dir, keysFile }: Fixture, port: number): Launch {
  const own = join(dir, 'nginx');
  mkdirSync(own, { recursive: true });
  const values: Record<string, string> = {
    MODULES: LUA_MODULES.map((path) => `load_module ${path};`).join('\n'),
    USER: process.getuid?.() === 0 ? 'user daemon;' : '',
    DIR: own,
    KEYS: keysFile,
    PORT: String(port),
  };
  const template = readFileSync(here('servers/nginx.conf'), 'utf8');
  const file = join(own, 'nginx.conf');
  writeFileSync(
    file,
    template.replace(/\{\{([A-Z]+)\}\}/g, (whole, name: string) => values[name] ?? whole),
  );
  return { command: ['nginx', '-p', own, '-c', file, '-e', 'stderr'], worker: true };
}
