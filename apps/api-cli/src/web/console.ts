import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wantsHtml } from '@api-factory/control';
import { ProblemError } from '@api-factory/core';
import type { AddressLimit } from '@api-factory/gateway';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BuiltFile, createBuiltFiles } from './console-files.ts';
import { NOT_IN_CONTRACT } from './docs.ts';

/** The operator's console as it was built. */
export interface OperatorConsole {
  /** Puts the first page and the files behind it on the app. */
  routes: (app: FastifyInstance, limit: AddressLimit) => void;
  /** Answers a path within the console, which its pages find their way by. @returns false: the path is no page */
  answerMissing: (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;
}

const INDEX = 'index.html';
/** What belongs to programs, documents and buyers: there a path that does not exist is said not to. */
const ELSEWHERE = /^\/(?:openapi|(?:api|_api|docs|checkout|marketplace|assets)(?:\/|$))/;
/** Vite puts them side by side. A path that leads out of the folder, or to a hidden file, is none. */
const ASSET = /^\/assets\/\w[\w.@~-]*$/;

/** A file under a name that holds its hash never changes. */
const FOR_GOOD = 'public, max-age=31536000, immutable';
const ASK_FIRST = 'no-cache';
/** Everything comes from this origin, no script stands in a page, and nobody frames it. Mantine writes styles into elements. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': ASK_FIRST,
};

/** Where the build lies: beside the bundle, or where Vite leaves it when this runs from source. null: it was not built. */
export function builtConsole(): string | null {
  const place = import.meta.url.endsWith('.ts') ? '../../../admin-web/dist/' : './console/';
  const dir = fileURLToPath(new URL(place, import.meta.url));
  return existsSync(join(dir, INDEX)) ? dir : null;
}

/** Serves the console from `dir`. What reads files and compares what browsers have is loaded when a browser first asks. */
export function openConsole(dir: string): OperatorConsole {
  const beside = filesBeside(dir);
  let files: ReturnType<typeof createBuiltFiles> | null = null;
  const read = async (request: FastifyRequest, path: string): Promise<BuiltFile> => {
    files ??= import('./console-files.ts').then((module) => module.createBuiltFiles(dir, [INDEX, ...beside]));
    const file = await (await files)(path, request.headers);
    if (file.status >= 400) throw new ProblemError('NOT_FOUND');
    return file;
  };
  // Set with the routes, which are there before anything is served.
  let countFor: AddressLimit = async () => {};
  const sendPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const page = await read(request, `/${INDEX}`);
    return send(reply, page, { ...PAGE_HEADERS, vary: 'accept, accept-encoding' });
  };

  return {
    routes: (app, limit) => {
      countFor = limit;
      const route = { ...NOT_IN_CONTRACT, onRequest: limit };
      app.get('/', route, sendPage);
      for (const name of beside) {
        app.get(`/${name}`, route, async (request, reply) => send(reply, await read(request, `/${name}`), { 'cache-control': ASK_FIRST }));
      }
      app.get('/assets/*', route, async (request, reply) => {
        const [path = ''] = request.url.split('?', 1);
        if (!ASSET.test(path)) throw new ProblemError('NOT_FOUND');
        return send(reply, await read(request, path), { 'cache-control': FOR_GOOD });
      });
    },
    answerMissing: async (request, reply) => {
      // Also when it is none: a cache in front must not keep a program's answer for browsers.
      reply.header('vary', 'accept');
      if (!isPage(request)) return false;
      await countFor(request);
      await sendPage(request, reply);
      return true;
    },
  };
}

/** A browser opens a page, and where the console’s pages are. */
const isPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && wantsHtml(request) && !ELSEWHERE.test(request.url);

/** An icon and the like. */
function filesBeside(dir: string): string[] {
  const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => name).filter((name) => name !== INDEX && /^\w[\w-]*\.(?:svg|png|ico|txt|webmanifest)$/.test(name));
}

const send = (reply: FastifyReply, { status, headers, body }: BuiltFile, more: Record<string, string>) =>
  reply
    .code(status)
    .headers({ ...headers, ...more })
    .send(body);
