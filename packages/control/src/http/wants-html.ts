import type { FastifyRequest } from 'fastify';

/**
 * Whether the client is a browser opening a page: browsers list HTML in `Accept`, other clients
 * mostly accept anything.
 */
export const wantsHtml = ({ headers }: FastifyRequest): boolean => String(headers.accept ?? '').includes('text/html');
