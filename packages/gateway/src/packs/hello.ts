import type { FastifyInstance } from 'fastify';
import { PROBLEM_RESPONSE } from '../contract.ts';

const PREFIX = '/hello';
const BODY_LIMIT_BYTES = 16_384;

/**
 * The hello pack: public, for a first test. Rate limited per address by a plugin that the caller
 * registers.
 */
export function helloRoutes(app: FastifyInstance, options: { clock: { now(): number } }): void {
  app.get(`${PREFIX}/ping`, { schema: schemaOf('ping', 'Returns pong and the time') }, async (request) => ({
    success: true,
    data: { pong: true, time: new Date(options.clock.now()).toISOString() },
    error: null,
    meta: { requestId: request.id },
  }));
  app.get(`${PREFIX}/echo`, { schema: schemaOf('getEcho', 'Returns the query parameters') }, async (request) => ({
    success: true,
    data: { method: 'GET', query: request.query, body: null },
    error: null,
    meta: { requestId: request.id },
  }));
  app.post(`${PREFIX}/echo`, { schema: POST_ECHO, bodyLimit: BODY_LIMIT_BYTES }, async (request) => ({
    success: true,
    data: { method: 'POST', query: request.query, body: request.body ?? null },
    error: null,
    meta: { requestId: request.id },
  }));
}

const schemaOf = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ['hello'],
  security: [],
  response: {
    200: {
      description: 'OK',
      type: 'object',
      properties: {
        success: { type: 'boolean' },
        data: { type: 'object', additionalProperties: true },
        error: { type: 'null' },
        meta: { type: 'object', additionalProperties: true },
      },
      required: ['success', 'data', 'error', 'meta'],
    },
    429: PROBLEM_RESPONSE,
  },
});

const echo = schemaOf('postEcho', 'Returns the query parameters and the body');
const POST_ECHO = {
  ...echo,
  body: { description: 'Any JSON, up to 16 KiB' },
  response: { ...echo.response, 413: { ...PROBLEM_RESPONSE, description: 'The body is larger than 16 KiB' } },
};
