import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProblemError } from '@api-factory/core';
import type { AddressLimit } from '@api-factory/gateway';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BuiltFile, createBuiltFiles } from './console-files.ts';
import { NOT_IN_CONTRACT } from './docs.ts';

/** The built console, as the product serves it. */
export interface OperatorConsole {
  /** Registers `/` and the files that the page loads. */
  routes: (app: FastifyInstance, limit: AddressLimit) => void;
  /** Whether the console's client-side router may have a page at the path. */
  hasPage: (request: FastifyRequest) => boolean;
  /** Sends the page that runs the router. */
  sendPage: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

const INDEX = 'index.html';
/** Paths of the APIs, documents and buyer pages, which the console never uses. */
const OTHER_PATHS = /^\/(?:openapi|(?:api|_api|docs|checkout|marketplace|assets)(?:\/|$))/;
/** Vite writes a flat folder. Anything else, such as `..` or a hidden file, is rejected. */
const ASSET = /^\/assets\/\w[\w.@~-]*$/;

/** For files whose name contains their hash. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';
/**
 * Everything loads from this origin, no inline scripts, no framing. Mantine writes inline styles.
 */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': REVALIDATE,
};

/**
 * The folder of the built console: next to the bundle, or Vite's output when run from source. null:
 * not built.
 */
export function builtConsole(): string | null {
  const folder = import.meta.url.endsWith('.ts') ? '../../../admin-web/dist/' : './console/';
  const dir = fileURLToPath(new URL(folder, import.meta.url));
  return existsSync(join(dir, INDEX)) ? dir : null;
}

/** Serves the console from `dir`. The file server is loaded on a browser's first request. */
export function openConsole(dir: string): OperatorConsole {
  const rootFiles = rootFilesOf(dir);
  let files: ReturnType<typeof createBuiltFiles> | null = null;
  const read = async (request: FastifyRequest, path: string): Promise<BuiltFile> => {
    files ??= import('./console-files.ts').then((module) => module.createBuiltFiles(dir, [INDEX, ...rootFiles]));
    const file = await (await files)(path, request.headers);
    if (file.status >= 400) throw new ProblemError('NOT_FOUND');
    return file;
  };
  // Set with the routes, before anything is served.
  let countRequest: AddressLimit = async () => {};
  const sendIndex = async (request: FastifyRequest, reply: FastifyReply) => {
    const page = await read(request, `/${INDEX}`);
    return send(reply, page, { ...PAGE_HEADERS, vary: 'accept, accept-encoding' });
  };

  return {
    routes: (app, limit) => {
      countRequest = limit;
      const route = { ...NOT_IN_CONTRACT, onRequest: limit };
      app.get('/', route, sendIndex);
      for (const name of rootFiles) {
        app.get(`/${name}`, route, async (request, reply) => send(reply, await read(request, `/${name}`), { 'cache-control': REVALIDATE }));
      }
      app.get('/assets/*', route, async (request, reply) => {
        const [path = ''] = request.url.split('?', 1);
        if (!ASSET.test(path)) throw new ProblemError('NOT_FOUND');
        return send(reply, await read(request, path), { 'cache-control': IMMUTABLE });
      });
    },
    hasPage: ({ url }) => !OTHER_PATHS.test(url),
    sendPage: async (request, reply) => {
      await countRequest(request);
      return sendIndex(request, reply);
    },
  };
}

/** Files next to index.html that browsers request by name, such as icons. */
function rootFilesOf(dir: string): string[] {
  const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => name).filter((name) => name !== INDEX && /^\w[\w-]*\.(?:svg|png|ico|txt|webmanifest)$/.test(name));
}

const send = (reply: FastifyReply, { status, headers, body }: BuiltFile, more: Record<string, string>) =>
  reply
    .code(status)
    .headers({ ...headers, ...more })
    .send(body);
