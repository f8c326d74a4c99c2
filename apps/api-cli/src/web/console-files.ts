import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyRequest } from 'fastify';

/** A file of the console, ready to be sent. */
export interface BuiltFile {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What of a request decides which copy of a file is sent, if any. */
const ASKED = ['accept-encoding', 'if-none-match', 'if-modified-since'] as const;
const TOLD = ['content-type', 'content-encoding', 'etag', 'last-modified'] as const;

/**
 * The built files as an app of its own, asked from inside: a path reaches the named files of `dir`
 * and what lies in its `assets`, nothing else. Compressed copies that lie beside a file are sent in
 * its place.
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
    const { statusCode, headers: told, rawPayload } = await app.inject({ url: path, headers });
    return {
      status: statusCode,
      headers: { ...pick(told, TOLD), vary: 'accept-encoding' },
      body: rawPayload,
    };
  };
  // A file under a name that holds its hash never changes: its copies are read once.
  const kept = new Map<string, BuiltFile>();
  return async (path, headers) => {
    const encodings = plainEncodings(headers);
    if (!path.startsWith('/assets/') || encodings === null) return read(path, pick(headers, ASKED));
    const name = `${path} ${encodings}`;
    const known = kept.get(name);
    if (known) return known;
    const file = await read(path, encodings === '' ? {} : { 'accept-encoding': encodings });
    if (file.status === 200) kept.set(name, file);
    return file;
  };
}

/**
 * The encodings of our compressed copies that a request accepts, in its order, so that strangers
 * can't make more names than there are copies.
 * @returns null when the request is conditional, or weighs encodings: then the file is read as it
 * asks
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
