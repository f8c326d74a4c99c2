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
 * The built files as an app of its own, asked from inside: a path reaches the named files of `dir` and what lies in its `assets`, nothing
 * else. Compressed copies that lie beside a file are sent in its place.
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
  return async (path, headers) => {
    const { statusCode, headers: told, rawPayload } = await app.inject({ url: path, headers: pick(headers, ASKED) });
    return {
      status: statusCode,
      headers: { ...pick(told, TOLD), vary: 'accept-encoding' },
      body: rawPayload,
    };
  };
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, String(from[name])]])));
}
