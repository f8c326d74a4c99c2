import type { FastifyReply, FastifyRequest } from 'fastify';

/** Response headers that scripts of another origin may read. */
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
    /** Origins whose pages may read responses below a path. */
    crossOrigin: CrossOrigin;
  }
}

export interface CrossOrigin {
  /** Starts and ends with a slash. */
  prefix: string;
  origins: ReadonlySet<string>;
}

/**
 * Adds CORS headers to errors that no route produced: unknown paths and methods, malformed URLs, a
 * server that is stopping. Without them a page of an allowed origin sees only "network error".
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
