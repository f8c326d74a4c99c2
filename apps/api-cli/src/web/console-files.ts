import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyRequest } from 'fastify';

/** A file of the console, ready to send. */
export interface BuiltFile {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Request headers that select the variant of a file, or a 304. */
const REQUEST_HEADERS = ['accept-encoding', 'if-none-match', 'if-modified-since'] as const;
const RESPONSE_HEADERS = ['content-type', 'content-encoding', 'etag', 'last-modified'] as const;

/**
 * The built files in a separate Fastify app, called in-process. It serves only the named files of
 * `dir` and the contents of its `assets`. A compressed copy next to a file is sent instead of it.
 */
export async function createBuiltFiles(
  dir: string,
  names: string[],
): Promise<(path: string, headers: FastifyRequest['headers']) => Promise<BuiltFile>> {
  const app = Fastify();
  await app.register(fastifyStatic, {
    root: join(dir, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    cacheControl: false,
    acceptRanges: false,
  });
  for (const name of names) app.get(`/${name}`, (_request, reply) => reply.sendFile(name, dir));
  await app.ready();
  const read = async (path: string, headers: Record<string, string>): Promise<BuiltFile> => {
    const { statusCode, headers: sent, rawPayload } = await app.inject({ url: path, headers });
    return {
      status: statusCode,
      headers: { ...pick(sent, RESPONSE_HEADERS), vary: 'accept-encoding' },
      body: rawPayload,
    };
  };
  // A file whose name contains its hash never changes: each variant is read once.
  const cache = new Map<string, BuiltFile>();
  return async (path, headers) => {
    const encodings = plainEncodings(headers);
    if (!path.startsWith('/assets/') || encodings === null) return read(path, pick(headers, REQUEST_HEADERS));
    const name = `${path} ${encodings}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const file = await read(path, encodings === '' ? {} : { 'accept-encoding': encodings });
    if (file.status === 200) cache.set(name, file);
    return file;
  };
}

/**
 * The encodings a request accepts, in its order, limited to those of the compressed copies, so that
 * clients can't fill the cache with arbitrary names.
 * @returns null when the request is conditional or gives encodings weights: it bypasses the cache
 */
function plainEncodings(headers: FastifyRequest['headers']): string | null {
  if (headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined) return null;
  const tokens = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((token) => token.trim());
  if (tokens.some((token) => token.includes(';') || token === '*')) return null;
  return [...new Set(tokens)].filter((token) => token === 'br' || token === 'gzip').join(', ');
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, String(from[name])]])));
}
