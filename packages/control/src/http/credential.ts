import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError, readCredential } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';

/** The challenge of a 401 (RFC 6750, section 3). */
export const CHALLENGE = 'Bearer realm="api-factory"';

/**
 * The credential in `Authorization: Bearer …`, the only header for operator keys; null without one.
 * @throws ProblemError CREDENTIAL_CONFLICT when two different credentials were sent
 */
export const bearerOf = (request: FastifyRequest): string | null => presented(request, { alsoApiKey: false });

/** Same, but also accepts `x-api-key`. @throws ProblemError CREDENTIAL_CONFLICT */
export const apiKeyOf = (request: FastifyRequest): string | null => presented(request, { alsoApiKey: true });

function presented({ headers }: FastifyRequest, { alsoApiKey }: { alsoApiKey: boolean }): string | null {
  const credential = readCredential(headers);
  if (credential.kind === 'conflict') throw new ProblemError('CREDENTIAL_CONFLICT');
  return credential.kind === 'key' && (credential.inBearer || alsoApiKey) ? credential.key : null;
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares two SHA-256 digests (hex) in constant time. */
export const sameDigest = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Compares two secrets in constant time. */
export const sameSecret = (a: string, b: string): boolean => sameDigest(sha256Hex(a), sha256Hex(b));

/**
 * The error for a failed credential: 401 with a challenge, or 429 after too many failures from the
 * address. Unknown, malformed and revoked credentials get the same body.
 */
export async function failedCredential(context: Context, request: FastifyRequest, given: boolean): Promise<ProblemError> {
  const tooMany = await countFailure(context, request);
  if (tooMany !== null) return tooMany;
  if (!given) return new ProblemError('UNAUTHORIZED', { headers: { 'www-authenticate': CHALLENGE } });
  return new ProblemError('INVALID_KEY', { headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` } });
}

/**
 * Counts a failed credential. @returns a 429 error after too many failures from the address, else
 * null
 */
export async function countFailure(
  context: Context,
  request: FastifyRequest,
  headers: Record<string, string> = {},
): Promise<ProblemError | null> {
  const retryAfterSeconds = await context.failedCredential(request);
  if (retryAfterSeconds === null) return null;
  return new ProblemError('RATE_LIMITED', {
    detail: `Too many failed credentials. Retry in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
    headers,
  });
}
