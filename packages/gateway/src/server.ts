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
 * The default limit. Anyone can send a body of this length without a credential. Routes with a
 * higher limit require a credential first, or only verify a signature.
 */
const BODY_LIMIT_BYTES = 16_384;
const INBOUND_REQUEST_ID = /^[\w.-]{1,128}$/;
/** Time limit for receiving a request. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 72_000;
/**
 * Idle timeout of a connection during a request: the response of a client that stops reading stays
 * in memory.
 */
const STALLED_MS = 60_000;

export interface ServerOptions {
  logger: FastifyBaseLogger;
  clock: Clock;
  metrics: GatewayMetrics;
  newRequestId: () => string;
  /** Number of trusted proxies whose X-Forwarded-For counts; 0 uses the socket's address. */
  trustedProxyHops: number;
  translateError: TranslateError;
  /** Called before a path without a route is answered 404. */
  answerMissing?: AnswerMissing;
  /** True once the process is stopping: new requests are refused. */
  draining: () => boolean;
}

/**
 * Creates the HTTP server of data plane and control plane: limits, request ids, problems and
 * durations.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    // With a logger, Fastify creates a child logger and listeners per request, which costs more
    // than the guard. The error handler logs failed requests with their id.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Without it, Node drops a second credential header and hides a conflict.
    http: { joinDuplicateHeaders: true },
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const inbound = headers['x-request-id'];
      return typeof inbound === 'string' && INBOUND_REQUEST_ID.test(inbound) ? inbound : options.newRequestId();
    },
    // No type coercion: a number sent as a string is an error. Query parameters are strings anyway.
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

/** The first hook of every request, also of unknown paths. */
function beginRequests(app: FastifyInstance, { clock, draining }: ServerOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    request.startedAt = clock.now();
    reply.header('x-request-id', request.id);
    // A response that echoes input must never be interpreted as a script or a page.
    reply.header('x-content-type-options', 'nosniff');
    if (draining()) {
      reply.header('connection', 'close');
      // A refused preflight would hide the reason from the page.
      if (request.method !== 'OPTIONS') return done(stopping());
    }
    done(urlProblem(request.url) ?? undefined);
  });
}

const stopping = () => new ProblemError('OVERLOADED', { detail: 'The server is stopping.', retryAfterSeconds: 5 });

const buildCompiled = SerializerSelector();

/**
 * Serializers for successful responses; they drop fields that are not in the schema. Each is
 * compiled by the first response that needs it: all of them would take longer than the rest of the
 * start. Problems are serialized in one place.
 */
const buildSerializer: typeof buildCompiled = (externalSchemas, options) => {
  const compile = buildCompiled(externalSchemas, options);
  return (route) => {
    if (Number(route.httpStatus) >= 400) return JSON.stringify;
    let serialize: ReturnType<typeof compile> | null = null;
    return (data: unknown) => {
      serialize ??= compile(route);
      return serialize(data);
    };
  };
};

/** The error of @fastify/rate-limit for an address over its limit. */
export const tooManyCalls = (metrics: GatewayMetrics) => (_request: FastifyRequest, context: { max: number; ttl: number }) => {
  metrics.limited('address');
  const retryAfter = Math.max(1, Math.ceil(context.ttl / 1000));
  return new ProblemError('RATE_LIMITED', {
    detail: `The limit is ${context.max} requests per minute from one address. Retry in ${retryAfter} s.`,
    retryAfterSeconds: retryAfter,
    details: { policy: 'address', limit: context.max, retryAfter },
  });
};

/**
 * Creates the histogram of a route when the route is registered, so that a call needs no lookup.
 */
function observeDurations(app: FastifyInstance, { clock, metrics, draining }: ServerOptions): void {
  app.addHook('onRoute', (route) => {
    const durations = metrics.route([route.method].flat().join(','), route.url);
    const observe = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (e: null, p: unknown) => void) => {
      durations.observe(reply.statusCode, (clock.now() - request.startedAt) / 1000);
      // A call that started before the stop.
      if (draining()) reply.header('connection', 'close');
      done(null, payload);
    };
    // After the meter, which turns a response that it can't record into 503.
    route.onSend = [...[route.onSend ?? []].flat(), observe] as NonNullable<typeof route.onSend>;
  });
}

/**
 * Logs a line per call for `LOG_LEVEL=debug`. Not registered at other levels: it adds listeners to
 * every call.
 */
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

/**
 * Answers input that is not a valid HTTP request: oversized headers, malformed lines, stalled
 * clients.
 */
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
