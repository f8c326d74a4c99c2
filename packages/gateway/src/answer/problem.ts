import { CODES, type Code, type ProblemError, type ProblemParts, problemBody, toProblem } from '@api-factory/core';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Repeats } from '../repeated-logs.ts';
import { allowOrigin } from './cors.ts';
import { problemOccurrence } from './problem-log.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Maps an error of a lower layer to a problem; null for an error that it doesn't recognize. */
export type TranslateError = (error: unknown) => ProblemError | null;

export interface ProblemOptions {
  logger: FastifyBaseLogger;
  translateError: TranslateError;
  answerMissing?: AnswerMissing;
}

/**
 * Answers a path without a route, for example with a page of the console. @returns false to answer
 * 404
 */
export type AnswerMissing = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

/**
 * Answers every error with a problem body (RFC 9457): unknown paths, wrong methods and internal
 * errors included.
 */
export function registerProblems(app: FastifyInstance, { logger, translateError, answerMissing }: ProblemOptions): void {
  const methods = new Map<string, Set<string>>();
  const repeats = new Repeats(logger);
  const stopRepeats = repeats.follow();
  app.addHook('onClose', async () => stopRepeats());
  const refuse = (reply: FastifyReply, request: FastifyRequest, code: Code, parts: ProblemParts): FastifyReply => {
    repeats.note(problemOccurrence(code, null, request.id));
    return sendProblem(reply, request, code, parts);
  };
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set<string>();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  app.setErrorHandler((error, request, reply) => {
    // A client that disconnects while sending its body causes a connection error that is not the
    // database's.
    const { code, parts } = request.raw.readableAborted
      ? { code: 'BAD_REQUEST' as const, parts: {} }
      : toProblem(translateError(error) ?? error);
    // A path without a route has no body limit: it is 404 whatever the size.
    if (code === 'PAYLOAD_TOO_LARGE' && request.is404) return answerUnknownRoute(request, reply);
    repeats.note(problemOccurrence(code, error, request.id));
    if (code === 'PAYLOAD_TOO_LARGE')
      return sendProblem(reply, request, code, { detail: `The body limit is ${request.routeOptions.bodyLimit} bytes.`, ...parts });
    return sendProblem(reply, request, code, parts);
  });
  const answerUnknownRoute = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const allowed = allowedMethods(methods, pathOf(request));
    if (allowed.length > 0) return refuse(reply, request, 'METHOD_NOT_ALLOWED', { headers: { allow: allowed.join(', ') } });
    if (answerMissing && (await answerMissing(request, reply))) return reply;
    return refuse(reply, request, 'NOT_FOUND', { detail: `No route matches ${pathOf(request)}.` });
  };
  app.setNotFoundHandler(answerUnknownRoute);
}

/** Writes the body and header fields of a problem. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, code: Code, parts: ProblemParts): FastifyReply {
  const { status } = CODES[code];
  reply.header('x-request-id', request.id);
  allowOrigin(request, reply);
  if (parts.headers) reply.headers(parts.headers);
  const retryAfter = parts.retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfter)));
  if (status === 401) reply.header('www-authenticate', challenge(code));
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(problemText(request, code, parts));
}

/** The body of a problem as text. */
export const problemText = (request: FastifyRequest, code: Code, parts: ProblemParts): string =>
  JSON.stringify(problemBody(code, parts, pathOf(request), request.id));

/** RFC 6750, section 3.1: no error attribute when no credential was sent. */
const challenge = (code: Code): string =>
  code === 'UNAUTHORIZED' ? 'Bearer realm="api-factory"' : 'Bearer realm="api-factory", error="invalid_token"';

/**
 * The path without its query, which can hold secrets. A key that was pasted into the path is
 * masked.
 */
export function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return (end === -1 ? request.url : request.url.slice(0, end)).replace(ANY_KEY, '$1…');
}

const ANY_KEY = /(af_(?:live|test|admin)_)[0-9A-Za-z]+/g;

function allowedMethods(methods: Map<string, Set<string>>, path: string): string[] {
  const found = new Set<string>();
  for (const [url, allowed] of methods) {
    const pattern = url.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+');
    if (!url.includes('*') && new RegExp(`^${pattern}$`).test(path)) for (const method of allowed) found.add(method);
  }
  return [...found].sort();
}
