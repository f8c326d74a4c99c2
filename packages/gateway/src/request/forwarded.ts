import { clientAddress } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Makes `request.ip` and `request.protocol` what the trusted proxies in front say. Fastify's own
 * `trustProxy` takes an entry of X-Forwarded-For as it is written, so that a port makes another
 * address of it.
 * @param hops trusted proxies in front; 0: only the socket counts
 */
export function readForwarded(app: FastifyInstance, hops: number): void {
  app.decorateRequest('ip', {
    getter(this: FastifyRequest) {
      return clientAddress(this.socket?.remoteAddress, this.headers['x-forwarded-for'], hops);
    },
  });
  if (hops === 0) return;
  app.decorateRequest('protocol', {
    getter(this: FastifyRequest) {
      // The entry at the right is the nearest proxy's.
      const named = String(this.headers['x-forwarded-proto'] ?? '')
        .split(',')
        .at(-1);
      return named?.trim().toLowerCase() === 'https' ? 'https' : 'http';
    },
  });
}
