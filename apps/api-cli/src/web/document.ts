import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A public document: rendered once, and revalidated by its ETag. */
export interface PublicDocument {
  contentType: string;
  body: Buffer;
  /** Strong: a hash of the bytes. */
  etag: string;
}

export function documentOf(contentType: string, content: string | Buffer): PublicDocument {
  const body = Buffer.from(content);
  return { contentType, body, etag: `"${hash('sha256', body, 'base64url')}"` };
}

/**
 * Creates a value on first use. A failure is not cached, so that the next request tries again.
 */
export function madeOnce<T>(make: () => T | Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= Promise.resolve()
      .then(make)
      .catch((error: unknown) => {
        made = null;
        throw error;
      });
    return made;
  };
}

/** Clients may cache it but must revalidate: a new version of the product changes it. */
const REVALIDATE = 'public, no-cache';

/** Sends the document, or 304 when `If-None-Match` matches (RFC 9110, section 13.1.2). */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, { contentType, body, etag }: PublicDocument): FastifyReply {
  reply.header('etag', etag).header('cache-control', REVALIDATE);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type(contentType).send(body);
}

function matches(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false;
  return field.trim() === '*' || field.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
