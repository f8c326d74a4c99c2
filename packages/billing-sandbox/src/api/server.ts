import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { apiVersion } from '../api-version.ts';
import { isList, present } from '../objects/present.ts';
import type { Runtime } from '../runtime.ts';
import { expand } from './expand.ts';
import { createReplays } from './idempotency.ts';
import { type Params, parseParams, refuseUnknown, texts } from './params.ts';
import type { Route } from './route.ts';
import { StripeError } from './stripe-error.ts';

/**
 * A request, response or event, for the conformance check. The parameters of a request are strings,
 * as sent.
 */
export type Exchange = {
  kind: 'request' | 'response' | 'event';
  method: string | null;
  path: string;
  status: number | null;
  body: unknown;
};

export type ApiOptions = {
  runtime: Runtime;
  routes: Route[];
  secretKey: string;
  pages: () => string;
  /** Real time, epoch ms. */
  clock: { now(): number };
  /** Runs everything that is due. Called before every request. */
  catchUp: () => void;
  /** The injected fault of a request, or null. */
  injectFault: (path: string) => 500 | 429 | 'timeout' | null;
  /** The current request. */
  answering: (request: { id: string | null; idempotency_key: string | null }) => void;
  /** Called after a request that may have changed the state. */
  onChange: () => void;
  onExchange: (exchange: Exchange) => void;
};

/**
 * Stripe's v1 API over HTTP: form-encoded requests, JSON responses, `Authorization: Bearer`.
 * Registers everything below /v1.
 */
export function apiRoutes(app: FastifyInstance, options: ApiOptions): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, parseParams(String(body)));
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', options.runtime.id('req_'));
    reply.header('stripe-version', request.headers['stripe-version'] ?? apiVersion);
    authenticate(request, options.secretKey);
    const fault = options.injectFault(pathOf(request));
    if (fault === 'timeout') return reply.hijack();
    if (fault !== null) throw injectedError(fault);
  });
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  app.all('/v1/*', async (request) => {
    throw new StripeError({ status: 404, message: `Unrecognized request URL (${request.method}: ${pathOf(request)}).` });
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const body = typeof payload === 'string' ? JSON.parse(payload) : null;
    options.onExchange({ kind: 'response', method: request.method, path: pathOf(request), status: reply.statusCode, body });
  });
  const replays = createReplays(options.runtime.state, options.clock);
  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: route.path,
      handler: (request, reply) => {
        const params = paramsOf(request);
        options.onExchange({ kind: 'request', method: request.method, path: pathOf(request), status: null, body: params });
        const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
        options.catchUp();
        const answer = replays.run({ key: typeof key === 'string' ? key : null, request: request.url, params }, () => {
          options.answering({ id: String(reply.getHeader('request-id')), idempotency_key: typeof key === 'string' ? key : null });
          return handle(options, route, { params, path: request.params as Record<string, string> });
        });
        if (answer.replayed) reply.header('idempotent-replayed', 'true');
        return reply.status(answer.status).type('application/json').send(answer.body);
      },
    });
  }
}

/** A Fastify instance without logging, for every part of the sandbox. */
export function createApp(): FastifyInstance {
  return Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1_048_576, exposeHeadRoutes: false });
}

function handle(
  options: ApiOptions,
  route: Route,
  call: { params: Params; path: Record<string, string> },
): { status: number; body: string } {
  try {
    const expansions = texts(call.params, 'expand') ?? [];
    refuseUnknown(call.params, [...route.params, 'expand']);
    const result = route.handle({ ...call, runtime: options.runtime, pages: options.pages() });
    const copy = isList(result) ? { ...result, data: result.data.map((entry) => present(entry as object)) } : present(result);
    return { status: 200, body: JSON.stringify(expand(options.runtime, copy, expansions), null, 2) };
  } catch (error) {
    if (!(error instanceof StripeError) || error.status !== 402) throw error;
    return { status: 402, body: JSON.stringify(error.body(null)) };
  } finally {
    options.answering({ id: null, idempotency_key: null });
    if (route.method !== 'GET') options.onChange();
  }
}

function authenticate(request: FastifyRequest, secretKey: string): void {
  const header = request.headers.authorization ?? '';
  if (header === `Bearer ${secretKey}`) return;
  const message = header === '' ? 'You did not provide an API key.' : 'Invalid API Key provided.';
  throw new StripeError({ status: 401, message });
}

function paramsOf(request: FastifyRequest): Params {
  const query = request.raw.url?.split('?')[1] ?? '';
  return { ...parseParams(query), ...((request.body ?? {}) as Params) };
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

function injectedError(status: 500 | 429): StripeError {
  if (status === 429) return new StripeError({ status, code: 'rate_limit', message: 'Too many requests hit the API too quickly.' });
  return new StripeError({ status, type: 'api_error', message: 'Injected fault.' });
}

function sendError(reply: FastifyReply, error: unknown) {
  const requestId = String(reply.getHeader('request-id') ?? '') || null;
  const known = error instanceof StripeError ? error : fromFastify(error);
  return reply
    .status(known.status)
    .type('application/json')
    .send(JSON.stringify(known.body(requestId)));
}

function fromFastify(error: unknown): StripeError {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500) return new StripeError({ status: statusCode, message: message ?? 'Bad request' });
  return new StripeError({ status: 500, type: 'api_error', message: `The sandbox failed: ${message}` });
}
