import Fastify from 'fastify';

/** Schemas of the echo request and response, with which Fastify parses and serializes fastest. */
export const SCHEMA = {
  body: {
    type: 'object',
    required: ['action', 'payload'],
    properties: {
      action: { type: 'string', enum: ['echo'] },
      payload: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
    },
  },
  response: {
    200: {
      type: 'object',
      properties: {
        success: { type: 'boolean' },
        data: { type: 'object', properties: { message: { type: 'string' } } },
        error: { type: 'null' },
        meta: { type: 'object', properties: { requestId: { type: 'string' } } },
      },
    },
  },
};

/** An app whose request ids are as long as the product's. */
export function anApp() {
  let count = 0;
  return Fastify({ genReqId: () => `req_${String(++count).padStart(16, '0')}` });
}

export const answer = (request) => ({
  success: true,
  data: { message: request.body.payload.message },
  error: null,
  meta: { requestId: request.id },
});

export const refusal = { success: false, data: null, error: { code: 'INVALID_KEY' } };

/** The key of `Authorization: Bearer` or `x-api-key`. */
export function keyOf({ headers }) {
  const { authorization } = headers;
  return authorization?.startsWith('Bearer ') ? authorization.slice(7) : headers['x-api-key'];
}

export const listen = (app) => app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
