import type { FastifyReply, FastifyRequest } from 'fastify';

/** Without these a browser's code reads null. */
export const EXPOSED_HEADERS = [
  'RateLimit-Policy',
  'RateLimit',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'X-Request-Id',
  'WWW-Authenticate',
];

declare module 'fastify' {
  interface FastifyInstance {
    /** Which pages of other origins may read what is answered below a path. */
    crossOrigin: CrossOrigin;
  }
}

export interface CrossOrigin {
  /** Begins and ends with a slash. */
  prefix: string;
  origins: ReadonlySet<string>;
}

/**
 * Lets pages of an allowed origin read a refusal that no route of the packs made: a path or a
 * method that is not there, a URL that can't be read, a server that is stopping. Without these
 * fields a browser shows its code "network error" and nothing else.
 */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply): void {
  const { prefix, origins } = request.server.crossOrigin;
  if (origins.size === 0 || !request.url.startsWith(prefix) || reply.hasHeader('access-control-expose-headers')) return;
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'Origin' : `${vary}, Origin`);
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return;
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', EXPOSED_HEADERS.join(', '));
}
