import type { FastifyInstance } from 'fastify';

/** A condition for accepting calls. */
export interface Check {
  ok: boolean;
  detail?: string;
  /** Needs the operator's attention but does not stop the gateway from accepting calls. */
  advisory?: true;
}

export interface HealthOptions {
  version: string;
  uptimeSeconds: () => number;
  /** Reads state in memory; no I/O. */
  checks: () => Record<string, Check>;
}

const check = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, detail: { type: 'string' } },
  required: ['ok'],
};
const health = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ok', 'fail'] },
    version: { type: 'string' },
    uptimeSeconds: { type: 'number' },
    checks: { type: 'object', additionalProperties: check },
  },
  required: ['status'],
};

/** livez: the process is up. readyz and healthz: it accepts calls; 503 when a check fails. */
export function healthRoutes(app: FastifyInstance, { version, uptimeSeconds, checks }: HealthOptions): void {
  const schema = (operationId: string, summary: string) => ({
    operationId,
    summary,
    tags: ['health'],
    security: [],
    response: { 200: { description: 'OK', ...health }, 503: { description: 'Not accepting calls', ...health } },
  });
  app.get('/_api/livez', { schema: schema('getLivez', 'Liveness') }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  for (const [path, operationId, summary] of [
    ['/_api/readyz', 'getReadyz', 'Readiness'],
    ['/_api/healthz', 'getHealthz', 'Readiness with version and uptime'],
  ] as const) {
    app.get(path, { schema: schema(operationId, summary) }, async (_request, reply) => {
      const found = checks();
      const ok = Object.values(found).every((one) => one.ok || one.advisory === true);
      reply.header('cache-control', 'no-store').code(ok ? 200 : 503);
      return { status: ok ? 'ok' : 'fail', version, uptimeSeconds: uptimeSeconds(), checks: found };
    });
  }
}
