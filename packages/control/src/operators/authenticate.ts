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
    /** Id of the authenticated operator key; null before `authenticate`. */
    operator: string | null;
    /** The session that authenticated the request; null when the operator key itself did. */
    operatorSession: ProvenSession | null;
  }
  interface FastifyContextConfig {
    /**
     * The route only checks for a session: an expired or missing one does not count as a failed
     * attempt.
     */
    probesSession?: boolean;
  }
}

export type Authenticate = (request: FastifyRequest) => Promise<void>;

/**
 * Authenticates by the operator key in `Authorization`, which has precedence, or by a session
 * cookie. Writes by cookie need a CSRF token. `Authorization: Basic …` is ignored: a proxy with its
 * own password makes browsers send it on every request.
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

/** The actor for the audit log. */
export const actorOf = (request: FastifyRequest): Actor => ({ id: request.operator ?? SYSTEM.id, requestId: request.id });

/**
 * The request’s `Idempotency-Key`, if any. Stored responses are encrypted with the secret that the
 * request came with, so another session or key can’t replay them.
 */
export const idempotentRequestOf = (request: FastifyRequest): IdempotentRequest | null =>
  readIdempotentRequest(request, request.operator ?? SYSTEM.id, request.operatorSession?.token ?? bearerOf(request) ?? '');

/**
 * The error for a cookie without a session. It clears the cookie: the browser sends it at most once
 * more, so an expired session does not use up the allowed failures of its address.
 */
async function failedSession(context: Context, request: FastifyRequest): Promise<ProblemError> {
  const headers = { 'set-cookie': NO_COOKIE };
  const tooMany = probesSession(request) ? null : await countFailure(context, request, headers);
  return tooMany ?? new ProblemError('UNAUTHORIZED', { detail: 'The session has ended. Sign in again.', headers });
}

/** The error for a request without a credential. */
async function noCredential(context: Context, request: FastifyRequest): Promise<ProblemError> {
  const probes = probesSession(request);
  const tooMany = probes ? null : await countFailure(context, request);
  const detail = probes ? 'Not signed in.' : 'Send the operator key as `Authorization: Bearer <key>`, or sign in to the console.';
  return tooMany ?? new ProblemError('UNAUTHORIZED', { detail, headers: { 'www-authenticate': CHALLENGE } });
}

const probesSession = (request: FastifyRequest): boolean => request.routeOptions.config.probesSession === true;
