import { isOfMode, isWellFormedKey, ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { apiKeyOf, failedCredential, sameDigest, sha256Hex } from '../http/credential.ts';
import { findOwnKey, type OwnKeyRow } from './key-limits-store.ts';
import { statusOf } from './rules.ts';

/**
 * The API key of the request, even a suspended one; null when it has none. Unknown, malformed and
 * revoked keys and keys of another mode get the same response.
 * @throws ProblemError INVALID_KEY; RATE_LIMITED after too many of them; KEY_EXPIRED;
 *   CREDENTIAL_CONFLICT
 */
export async function authenticateKey(context: Context, request: FastifyRequest): Promise<OwnKeyRow | null> {
  const credential = apiKeyOf(request);
  if (credential === null) return null;
  const hash = sha256Hex(credential);
  const row = isWellFormedKey(credential) ? await findOwnKey(context.db, hash) : null;
  const known = row !== null && sameDigest(row.hash, hash) && isOfMode(row, context);
  const status = known ? statusOf(row, new Date(context.clock.now())) : 'revoked';
  if (!known || status === 'revoked') throw await failedCredential(context, request, true);
  if (status === 'expired') {
    throw new ProblemError('KEY_EXPIRED', {
      headers: { 'www-authenticate': 'Bearer realm="api-factory", error="invalid_token", error_description="expired"' },
    });
  }
  return row;
}
