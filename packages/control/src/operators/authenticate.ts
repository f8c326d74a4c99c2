import type { FastifyRequest } from 'fastify';
import { type Actor, SYSTEM } from '../audit/change.ts';
import { type Claim, claimOf } from '../audit/idempotency.ts';
import type { Context } from '../context.ts';
import { bearerOf, failedCredential, sameDigest, sha256Hex } from './credential.ts';
import { activeOperators, type OperatorRow } from './store.ts';

/** How long the list of operator keys is believed: a revoked one stops within this time. */
const BELIEVED_MS = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the operator key that the request came with; null before `authenticate`. */
    operator: string | null;
  }
}

export type Authenticate = (request: FastifyRequest) => Promise<void>;

/**
 * Makes the check of the operator key. A key from the environment is compared, never stored; those that the product made are
 * stored as hashes, of which the whole short list is kept for a second, so that a flood of calls asks the database
 * once a second.
 */
export function createAuthenticate(context: Context): Authenticate {
  const envHash = context.adminKey === null ? null : sha256Hex(context.adminKey);
  const operators = rememberOperators(context);

  return async (request) => {
    const credential = bearerOf(request);
    if (credential === null) throw await failedCredential(context, request, false);
    const hash = sha256Hex(credential);
    if (envHash !== null && sameDigest(hash, envHash)) {
      request.operator = 'env';
      return;
    }
    const operator = matching(await operators(), hash);
    if (operator === null) throw await failedCredential(context, request, true);
    request.operator = operator.id;
  };
}

/** Every row is compared, found or not. */
function matching(rows: OperatorRow[], hash: string): OperatorRow | null {
  return rows.reduce<OperatorRow | null>((found, row) => (sameDigest(row.hash, hash) ? row : found), null);
}

function rememberOperators(context: Context): () => Promise<OperatorRow[]> {
  let rows: Promise<OperatorRow[]> | null = null;
  let readAt = 0;
  return () => {
    const now = context.clock.now();
    if (rows === null || Math.abs(now - readAt) >= BELIEVED_MS) {
      readAt = now;
      rows = activeOperators(context.db);
      rows.catch(() => {
        rows = null;
      });
    }
    return rows;
  };
}

/** Who a change is booked to. */
export const actorOf = (request: FastifyRequest): Actor => ({ id: request.operator ?? SYSTEM.id, requestId: request.id });

/** What an authenticated request claims by its `Idempotency-Key`. */
export const operatorClaim = (request: FastifyRequest): Claim | null =>
  claimOf(request, request.operator ?? SYSTEM.id, bearerOf(request) ?? '');
