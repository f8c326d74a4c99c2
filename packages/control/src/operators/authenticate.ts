import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { bearerOf, CHALLENGE, countFailure, failedCredential } from '../http/credential.ts';
import { type Actor, SYSTEM } from '../transaction/change.ts';
import { type IdempotentRequest, readIdempotentRequest } from '../transaction/idempotency.ts';
import { refuseCsrf } from './csrf.ts';
import { createOperators, type Operators, type ProvenSession } from './operators.ts';
import { NO_COOKIE, tokensOf } from './session.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the operator key that the request came with; null before `authenticate`. */
    operator: string | null;
    /** The session whose cookie proved it; null when the operator key itself did. */
    operatorSession: ProvenSession | null;
  }
  interface FastifyContextConfig {
    /**
     * The route only asks whether there is a session: one that ended is no guess, and neither is
     * none.
     */
    probesSession?: boolean;
  }
}

export type Authenticate = (request: FastifyRequest) => Promise<void>;

/**
 * Makes the check of who calls: the operator key in `Authorization`, which alone decides where it
 * is there, or the cookie of a session. A write by cookie must be confirmed. A proxy in front that
 * asks for a password of its own leaves `Authorization: Basic …` on every request of a browser;
 * that is no operator key.
 */
export function createAuthenticate(context: Context, operators: Operators = createOperators(context)): Authenticate {
  return async (request) => {
    const key = bearerOf(request);
    const tokens = tokensOf(request);
    if (key === null && tokens.length > 0) {
      const session = await operators.bySession(tokens);
      if (session === null) throw await failedSession(context, request);
      refuseCsrf(request, session.token);
      request.operatorSession = session;
      request.operator = session.operator;
      return;
    }
    if (key === null) throw await noCredential(context, request);
    const operator = await operators.byKey(key);
    if (operator === null) throw await failedCredential(context, request, true);
    request.operator = operator.id;
  };
}

/** Who a change is booked to. */
export const actorOf = (request: FastifyRequest): Actor => ({ id: request.operator ?? SYSTEM.id, requestId: request.id });

/**
 * What an authenticated request claims by its `Idempotency-Key`. Its memory belongs to the secret
 * that the request came with: another session has another one, and neither can be read without it.
 */
export const idempotentRequestOf = (request: FastifyRequest): IdempotentRequest | null =>
  readIdempotentRequest(request, request.operator ?? SYSTEM.id, request.operatorSession?.token ?? bearerOf(request) ?? '');

/**
 * The refusal of a cookie without a session, which takes the cookie away: a browser sends it once
 * more at most, so that a session that ran out does not use up what its address may get wrong.
 */
async function failedSession(context: Context, request: FastifyRequest): Promise<ProblemError> {
  const headers = { 'set-cookie': NO_COOKIE };
  const tooMany = probesSession(request) ? null : await countFailure(context, request, headers);
  return tooMany ?? new ProblemError('UNAUTHORIZED', { detail: 'The session has ended. Sign in again.', headers });
}

/** The refusal of a request without a credential. */
async function noCredential(context: Context, request: FastifyRequest): Promise<ProblemError> {
  const asks = probesSession(request);
  const tooMany = asks ? null : await countFailure(context, request);
  const detail = asks ? 'Nobody is signed in.' : 'Send the operator key as `Authorization: Bearer <key>`, or sign in to the console.';
  return tooMany ?? new ProblemError('UNAUTHORIZED', { detail, headers: { 'www-authenticate': CHALLENGE } });
}

const probesSession = (request: FastifyRequest): boolean => request.routeOptions.config.probesSession === true;
