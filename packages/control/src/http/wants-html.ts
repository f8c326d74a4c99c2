import type { FastifyRequest } from 'fastify';

/**
 * Whether the client is a browser opening a page: those name HTML in `Accept`, programs mostly
 * accept anything.
 */
export const wantsHtml = ({ headers }: FastifyRequest): boolean => String(headers.accept ?? '').includes('text/html');
