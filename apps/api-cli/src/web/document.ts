import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A public document: its bytes are made once, and a client that has them is told so. */
export interface PublicDocument {
  contentType: string;
  body: Buffer;
  /** Strong: it is made from the bytes. */
  etag: string;
}

export function documentOf(contentType: string, content: string | Buffer): PublicDocument {
  const body = Buffer.from(content);
  return { contentType, body, etag: `"${hash('sha256', body, 'base64url')}"` };
}

/**
 * Makes a document when it is first asked for. A failure is forgotten, so that the next request
 * tries again.
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

/**
 * A client may keep it and asks each time whether it is still the same: a new version of the
 * product changes it.
 */
const ASK_FIRST = 'public, no-cache';

/** Sends the document, or 304 when `If-None-Match` names it (RFC 9110, section 13.1.2). */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, { contentType, body, etag }: PublicDocument): FastifyReply {
  reply.header('etag', etag).header('cache-control', ASK_FIRST);
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type(contentType).send(body);
}

function isKnown(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false;
  return field.trim() === '*' || field.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
