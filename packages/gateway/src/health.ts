import type { FastifyInstance } from 'fastify';

/** One thing that must work for the gateway to take calls. */
export interface Check {
  ok: boolean;
  detail?: string;
  /** Calls are taken although it is not ok: it is for the operator to look at, and no reason to send calls elsewhere. */
  advisory?: true;
}

export interface HealthOptions {
  version: string;
  uptimeSeconds: () => number;
  /** Reads states that are kept anyway; asks nobody. */
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

/** livez: the process answers. readyz: it takes calls. healthz: both with details; 503 when something fails. */
export function healthRoutes(app: FastifyInstance, { version, uptimeSeconds, checks }: HealthOptions): void {
  const schema = (operationId: string, summary: string) => ({
    operationId,
    summary,
    tags: ['health'],
    security: [],
    response: { 200: { description: 'Works', ...health }, 503: { description: 'Does not take calls now', ...health } },
  });
  app.get('/_api/livez', { schema: schema('getLivez', 'Whether the process answers') }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  for (const [path, operationId, summary] of [
    ['/_api/readyz', 'getReadyz', 'Whether calls are taken'],
    ['/_api/healthz', 'getHealthz', 'Whether calls are taken, and what runs since when'],
  ] as const) {
    app.get(path, { schema: schema(operationId, summary) }, async (_request, reply) => {
      const found = checks();
      const ok = Object.values(found).every((one) => one.ok || one.advisory === true);
      reply.header('cache-control', 'no-store').code(ok ? 200 : 503);
      return { status: ok ? 'ok' : 'fail', version, uptimeSeconds: uptimeSeconds(), checks: found };
    });
  }
}
