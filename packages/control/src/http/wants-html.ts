import type { FastifyRequest } from 'fastify';

/** Whether a page is asked for: browsers name HTML in what they accept when they open one, programs mostly take anything. */
export const wantsHtml = ({ headers }: FastifyRequest): boolean => String(headers.accept ?? '').includes('text/html');
