import type { Socket } from 'node:net';
import type { Clock } from '@api-factory/core';
import { CODES, type Code, PROBLEM_SCHEMA, ProblemError, problemBody, toProblem } from '@api-factory/core';
import SerializerSelector from '@fastify/fast-json-stringify-compiler';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type AnswerMissing, PROBLEM_TYPE, pathOf, registerProblems, sendProblem, type TranslateError } from './answer/problem.ts';
import type { GatewayMetrics } from './metrics/metrics.ts';
import { readBodies } from './request/body.ts';
import { readForwarded } from './request/forwarded.ts';
import { urlProblem } from './request/url.ts';

/**
 * Without a credential anyone can have a body of this length read and parsed. Routes that take more say so, and ask for a credential
 * or read nothing but a signature.
 */
const BODY_LIMIT_BYTES = 16_384;
const INBOUND_REQUEST_ID = /^[\w.-]{1,128}$/;
/** A client may take this long to send a whole request. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 72_000;
/** A connection on which nothing moves for this long is closed: a client that stops reading holds its answer in memory. */
const STALLED_MS = 60_000;

export interface ServerOptions {
  logger: FastifyBaseLogger;
  clock: Clock;
  metrics: GatewayMetrics;
  newRequestId: () => string;
  /** Proxies in front whose X-Forwarded-For is believed; 0: the socket's address counts. */
  trustedProxyHops: number;
  translateError: TranslateError;
  /** Asked before a path that no route has is answered by 404. */
  answerMissing?: AnswerMissing;
  /** True once the process is stopping: every new request is sent away. */
  draining: () => boolean;
}

/** The HTTP server that data plane and control plane put their routes on: limits, request ids, problems, durations. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    // With a logger Fastify makes a child of it and listeners for every request, which costs more than the guard. What is
    // logged of a request is logged by its error handler and names the request's id.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Also a credential that was sent twice is seen: Node would drop the second line.
    http: { joinDuplicateHeaders: true },
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const inbound = headers['x-request-id'];
      return typeof inbound === 'string' && INBOUND_REQUEST_ID.test(inbound) ? inbound : options.newRequestId();
    },
    // Types are refused, not guessed: a number sent as a string is a mistake. Query strings have only strings.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
    schemaController: { compilersFactory: { buildSerializer } },
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => {
      if (options.draining()) reply.header('connection', 'close');
      const { code, parts } = toProblem(error);
      sendProblem(reply, request, code, parts);
    },
    clientErrorHandler: answerClientError,
  });
  app.decorateRequest('call', null);
  app.decorateRequest('bodyBytes', 0);
  app.decorateRequest('startedAt', 0);
  app.decorate('crossOrigin', { prefix: '/', origins: new Set<string>() });
  readForwarded(app, options.trustedProxyHops);
  await app.register(rateLimit, { global: false, errorResponseBuilder: tooManyCalls(options.metrics) });
  app.addSchema(PROBLEM_SCHEMA);
  registerProblems(app, options);
  readBodies(app);
  observeDurations(app, options);
  if (['debug', 'trace'].includes(options.logger.level)) logCalls(app, options);
  beginRequests(app, options);
  return app;
}

/** What comes first with every request, those that no route takes included. */
function beginRequests(app: FastifyInstance, { clock, draining }: ServerOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    request.startedAt = clock.now();
    reply.header('x-request-id', request.id);
    // An answer that repeats what was sent is never taken for a script or a page.
    reply.header('x-content-type-options', 'nosniff');
    if (draining()) {
      reply.header('connection', 'close');
      // A preflight that is refused would hide from a page what refused its call.
      if (request.method !== 'OPTIONS') return done(stopping());
    }
    done(urlProblem(request.url) ?? undefined);
  });
}

const stopping = () => new ProblemError('OVERLOADED', { detail: 'The server is stopping.', retryAfterSeconds: 5 });

const buildCompiled = SerializerSelector();

/**
 * Compiled serializers for successes only: they write no field that a schema lacks. Errors are problems, written as text
 * in one place; compiling a serializer for each of them takes longer than the rest of the start.
 */
const buildSerializer: typeof buildCompiled = (externalSchemas, options) => {
  const compile = buildCompiled(externalSchemas, options);
  return (route) => (Number(route.httpStatus) >= 400 ? JSON.stringify : compile(route));
};

/** What @fastify/rate-limit throws when an address had too many calls. */
export const tooManyCalls = (metrics: GatewayMetrics) => (_request: FastifyRequest, context: { max: number; ttl: number }) => {
  metrics.limited('address');
  const retryAfter = Math.max(1, Math.ceil(context.ttl / 1000));
  return new ProblemError('RATE_LIMITED', {
    detail: `${context.max} requests per minute are allowed from one address; retry in ${retryAfter} s.`,
    retryAfterSeconds: retryAfter,
    details: { policy: 'address', limit: context.max, retryAfter },
  });
};

/** Gives every route a histogram of its own when it is made, so that a call looks nothing up. */
function observeDurations(app: FastifyInstance, { clock, metrics, draining }: ServerOptions): void {
  app.addHook('onRoute', (route) => {
    const durations = metrics.route([route.method].flat().join(','), route.url);
    const observe = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (e: null, p: unknown) => void) => {
      durations.observe(reply.statusCode, (clock.now() - request.startedAt) / 1000);
      // A call that began before the stop.
      if (draining()) reply.header('connection', 'close');
      done(null, payload);
    };
    // Behind the meter, which makes a 503 of an answer that it can't record.
    route.onSend = [...[route.onSend ?? []].flat(), observe] as NonNullable<typeof route.onSend>;
  });
}

/** A line per call, for `LOG_LEVEL=debug`: at other levels the hook is not there, since it costs every call listeners. */
function logCalls(app: FastifyInstance, { logger, clock }: ServerOptions): void {
  app.addHook('onResponse', (request, reply, done) => {
    const ms = Math.round((clock.now() - request.startedAt) * 100) / 100;
    logger.debug({ requestId: request.id, method: request.method, path: pathOf(request), status: reply.statusCode, ms }, 'answered');
    done();
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Epoch ms. */
    startedAt: number;
  }
}

const CLIENT_ERRORS: Record<string, Code> = { HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE', ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT' };

/** Answers what is not HTTP enough to become a request: too large a header, a broken line, a stalled client. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'BAD_REQUEST';
  const { status, title } = CODES[code];
  const body = JSON.stringify(problemBody(code, {}, '', ''));
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
