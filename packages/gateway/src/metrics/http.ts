import { isLoopback } from '@api-factory/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayMetrics } from './metrics.ts';

export interface MetricsAccess {
  /**
   * False when a proxy is configured: then every request comes from the proxy, also from loopback.
   */
  trustLoopback: boolean;
  /** Throws a ProblemError unless the request has METRICS_TOKEN or comes from an operator. */
  mayRead: (request: FastifyRequest) => Promise<void>;
}

export interface MetricsOptions {
  metrics: GatewayMetrics;
  access: MetricsAccess;
  /** Throws a ProblemError unless the request has an operator key or a session cookie. */
  authenticate: (request: FastifyRequest) => Promise<void>;
}

const OPERATOR: Record<string, string[]>[] = [{ bearerAuth: [] }, { sessionCookie: [] }];
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * `/_api/metrics` is open to loopback; everybody else needs a token. `/api/admin/metrics` is the
 * same page for the operator.
 */
export function metricsRoutes(app: FastifyInstance, { metrics, access, authenticate }: MetricsOptions): void {
  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const { contentType, text } = await metrics.page(request.headers.accept ?? '');
    return reply.header('cache-control', 'no-store').header('content-type', contentType).serializer(String).send(text);
  };
  app.get('/_api/metrics', { schema: schema('getMetrics', 'Metrics for Prometheus', [...OPERATOR, {}]) }, async (request, reply) => {
    if (!isLocal(request, access)) await access.mayRead(request);
    return send(request, reply);
  });
  app.get('/api/admin/metrics', { schema: schema('getOperatorMetrics', 'Metrics for the operator', OPERATOR) }, async (request, reply) => {
    await authenticate(request);
    return send(request, reply);
  });
}

const schema = (operationId: string, summary: string, security: Record<string, string[]>[]) => ({
  operationId,
  summary,
  description: 'In the Prometheus text format, or OpenMetrics if `Accept` asks for it.',
  tags: ['health'],
  security,
  response: { 200: { description: 'The metrics', content: { 'text/plain': { schema: { type: 'string' } } } } },
});

function isLocal(request: FastifyRequest, { trustLoopback }: MetricsAccess): boolean {
  if (!trustLoopback || FORWARDING.some((name) => request.headers[name] !== undefined)) return false;
  return isLoopback(request.socket.remoteAddress);
}
