import { isWellFormedKey, ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { Answer, answer } from '../http/answer.ts';
import type { Api } from '../http/api.ts';
import { operation, problems } from '../http/operation.ts';
import { bearerOf, failedCredential, sameDigest, sha256Hex } from '../operators/credential.ts';
import { presentOwn } from './own-rules.ts';
import { currentQuota, findOwnKey, type OwnKeyRow } from './own-store.ts';
import { isOfMode, statusOf } from './rules.ts';
import { OwnKey } from './schema.ts';

const SCHEMA = {
  ...operation('getOwnKey', 'keys', 'Read plan, quota and status of the presented API key', 'consumer'),
  response: { 200: Answer(OwnKey), ...problems('CREDENTIAL_CONFLICT', 'KEY_EXPIRED') },
};

/** A consumer's view of its own key, with that key as the credential. A suspended key may read it too. */
export async function ownKeyRoutes(app: Api, context: Context): Promise<void> {
  app.get('/keys/me', { schema: SCHEMA }, async (request) => {
    const now = new Date(context.clock.now());
    const row = await authenticateKey(context, request, now);
    const quota = await currentQuota(context.db, row.entitlementId, now);
    const live = context.limits.of(row.entitlementId);
    return answer(request, presentOwn({ row, quota, live, portalUrl: portalUrlOf(context), now }));
  });
}

/**
 * The key that the request carries, suspended ones too. Unknown, malformed and revoked keys, and those of another mode, get one body.
 * @throws ProblemError UNAUTHORIZED; INVALID_KEY; RATE_LIMITED after too many of them; KEY_EXPIRED; CREDENTIAL_CONFLICT
 */
async function authenticateKey(context: Context, request: FastifyRequest, now: Date): Promise<OwnKeyRow> {
  const credential = credentialOf(request);
  if (credential === null) throw await failedCredential(context, request, false);
  const hash = sha256Hex(credential);
  const row = isWellFormedKey(credential) ? await findOwnKey(context.db, hash) : null;
  const known = row !== null && sameDigest(row.hash, hash) && isOfMode(row, context);
  const status = known ? statusOf(row, now) : 'revoked';
  if (!known || status === 'revoked') throw await failedCredential(context, request, true);
  if (status === 'expired') {
    throw new ProblemError('KEY_EXPIRED', {
      headers: { 'www-authenticate': 'Bearer realm="api-factory", error="invalid_token", error_description="expired"' },
    });
  }
  return row;
}

/** The page where a consumer settles payments, if there is one. */
const portalUrlOf = ({ billing }: Context): string | null => (billing === null ? null : `${billing.publicUrl()}/checkout/manage`);

/** @throws ProblemError CREDENTIAL_CONFLICT when both headers are there and differ */
function credentialOf(request: FastifyRequest): string | null {
  const bearer = bearerOf(request);
  const header = request.headers['x-api-key'];
  const plain = typeof header === 'string' && header !== '' ? header : null;
  if (bearer !== null && plain !== null && bearer !== plain) throw new ProblemError('CREDENTIAL_CONFLICT');
  return bearer ?? plain;
}
