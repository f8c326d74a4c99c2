import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';

const CHALLENGE = 'Bearer realm="api-factory"';

/** The credential of `Authorization: Bearer …` (RFC 6750; the scheme is case-insensitive, RFC 9110), or null. */
export function bearerOf(request: FastifyRequest): string | null {
  const match = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares two SHA-256 digests (hex) in constant time. */
export const sameDigest = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Compares two secrets in a time that depends on neither. */
export const sameSecret = (a: string, b: string): boolean => sameDigest(sha256Hex(a), sha256Hex(b));

/**
 * The refusal of a failed credential: 401 with a challenge, or 429 when the address has failed too often.
 * Unknown, malformed and revoked credentials get one body.
 */
export async function failedCredential(context: Context, request: FastifyRequest, given: boolean): Promise<ProblemError> {
  const retryAfterSeconds = await context.failedCredential(request);
  if (retryAfterSeconds !== null) {
    return new ProblemError('RATE_LIMITED', { detail: `Too many failed credentials; retry in ${retryAfterSeconds} s.`, retryAfterSeconds });
  }
  if (!given) return new ProblemError('UNAUTHORIZED', { headers: { 'www-authenticate': CHALLENGE } });
  return new ProblemError('INVALID_KEY', { headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` } });
}
