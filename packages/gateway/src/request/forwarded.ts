import { clientAddress } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Derives `request.ip` and `request.protocol` from the trusted proxies. Fastify's own `trustProxy`
 * uses entries of X-Forwarded-For verbatim: with a port in its entry, a client would count as
 * another address.
 * @param hops number of trusted proxies; 0 uses the socket's address
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
      // The rightmost entry comes from the nearest proxy.
      const proto = String(this.headers['x-forwarded-proto'] ?? '')
        .split(',')
        .at(-1);
      return proto?.trim().toLowerCase() === 'https' ? 'https' : 'http';
    },
  });
}
