import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { failedCredential } from '../http/credential.ts';
import { Answer, answer } from '../http/envelope.ts';
import { CLOSED, nullable } from '../http/fields.ts';
import { operation, problems } from '../http/operation.ts';
import type { Limit } from '../http/rate-limit.ts';
import { actorOf } from './authenticate.ts';
import { refuseCrossOrigin } from './csrf.ts';
import type { Operators } from './operators.ts';
import { cookieWith, csrfTokenOf, NO_COOKIE, tokensOf } from './session.ts';
import { beginSession, endSession, endSessions } from './session-change.ts';

const Operator = Type.String({ description: 'id of the operator key; `env` for the key from the environment' });
const CsrfToken = Type.String({ description: 'send it with every write as `x-csrf-token`' });
const Time = Type.String({ format: 'date-time' });

export const SignIn = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 1_000, description: 'the operator key, 1 to 1000 characters' }) },
  CLOSED,
);

export const NewSession = Type.Object({ operator: Operator, csrfToken: CsrfToken, createdAt: Time, expiresAt: Time });
export type NewSession = Static<typeof NewSession>;

/** The nullable fields are null for a request with the operator key itself. */
export const CurrentSession = Type.Object({
  operator: Operator,
  csrfToken: nullable(CsrfToken),
  createdAt: nullable(Time),
  expiresAt: nullable(Time),
});

export const EndedSessions = Type.Object({ ended: Type.Integer({ description: 'how many sessions were ended' }) });

const SIGN_IN = {
  ...operation('signIn', 'session', 'Start a console session; its cookie `af_session` replaces the operator key'),
  security: [],
  body: SignIn,
  response: { 201: Answer(NewSession), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'CSRF_REJECTED') },
};
const GET = {
  ...operation('getSession', 'session', 'Get the current operator and the session’s CSRF token'),
  response: { 200: Answer(CurrentSession), ...problems() },
};
const SIGN_OUT = {
  ...operation('signOut', 'session', 'End this session'),
  response: { 200: Answer(EndedSessions), ...problems() },
};
const SIGN_OUT_EVERYWHERE = {
  ...operation('signOutEverywhere', 'session', 'End every session of this operator key'),
  response: { 200: Answer(EndedSessions), ...problems() },
};

export interface SignInOptions {
  operators: Operators;
  /** Limits sign-ins per operator key. */
  limit: Limit;
  /** Public origin of this installation; null when it is not known. */
  publicUrl: string | null;
}

/** Sign-in with the operator key. */
export async function signInRoutes(app: Api, context: Context, { operators, limit, publicUrl }: SignInOptions): Promise<void> {
  app.post('/session', { schema: SIGN_IN, onRequest: refuseCrossOrigin }, async (request, reply) => {
    const operator = await operators.byKey(request.body.key);
    if (operator === null) throw await failedCredential(context, request, true);
    request.operator = operator.id;
    await limit(request);
    const before = await operators.bySession(tokensOf(request));
    const session = await beginSession(context, operators, { operator, actor: actorOf(request), before });
    const secure = request.protocol === 'https' || publicUrl?.startsWith('https:') === true;
    reply.code(201).header('set-cookie', cookieWith(session.token, { secure }));
    return answer(request, {
      operator: session.operator,
      csrfToken: csrfTokenOf(session.token),
      createdAt: session.createdAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
    });
  });
}

/** Shows and ends sessions. Needs `authenticate` on the scope. */
export async function sessionRoutes(app: Api, context: Context, operators: Operators): Promise<void> {
  app.get('/session', { schema: GET, config: { probesSession: true } }, async (request) => {
    const session = request.operatorSession;
    return answer(request, {
      operator: request.operator ?? '',
      csrfToken: session && csrfTokenOf(session.token),
      createdAt: session?.createdAt.toISOString() ?? null,
      expiresAt: session?.expiresAt.toISOString() ?? null,
    });
  });

  app.delete('/session', { schema: SIGN_OUT }, async (request, reply) => {
    const session = request.operatorSession;
    if (session === null) return answer(request, { ended: 0 });
    return ended(request, reply, await endSession(context, operators, { id: session.id, actor: actorOf(request) }));
  });

  app.delete('/sessions', { schema: SIGN_OUT_EVERYWHERE }, async (request, reply) =>
    ended(request, reply, await endSessions(context, operators, actorOf(request))),
  );
}

function ended(request: FastifyRequest, reply: FastifyReply, count: number) {
  reply.header('set-cookie', NO_COOKIE);
  return answer(request, { ended: count });
}
