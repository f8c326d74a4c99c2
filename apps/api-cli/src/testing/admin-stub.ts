import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const OPERATOR_KEY = 'k'.repeat(32);

/** A request as the stub received it. */
export interface StubRequest {
  method: string;
  url: string;
  authorization: string | undefined;
  body: unknown;
}

/** The stub's response. A string body is sent unchanged. */
export interface Reply {
  status?: number;
  body: unknown;
}

/** A stub of the operator API with responses chosen by the test; closed after the test. */
export async function adminStub(answer: (request: StubRequest) => Reply) {
  const requests: StubRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const { status = 200, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return { url, requests, close, env: { API_FACTORY_URL: url, API_FACTORY_ADMIN_KEY: OPERATOR_KEY } };
}

async function read(request: IncomingMessage): Promise<StubRequest> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    authorization: request.headers.authorization,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The success envelope. */
export const success = (data: unknown, cursor: string | null = null): Reply => ({
  body: { success: true, data, error: null, meta: { requestId: 'req_1', pagination: { cursor, hasMore: cursor !== null } } },
});

/** A problem (RFC 9457) with the fields that a client reads. */
export const problem = (status: number, code: string, detail: string, errors?: { pointer: string; detail: string }[]): Reply => ({
  status,
  body: {
    type: `/docs/errors/${code}`,
    status,
    code,
    detail,
    success: false,
    data: null,
    ...(errors ? { errors } : {}),
    meta: { requestId: 'req_7' },
  },
});

export const aKey = (fields: object = {}) => ({
  id: 'key_1',
  name: 'first',
  prefix: 'af_live_abcd',
  last4: 'wxyz',
  status: 'enabled',
  plan: 'starter',
  consumerId: null,
  expiresAt: null,
  lastUsedAt: null,
  ...fields,
});

export const aPlan = (fields: object = {}) => ({
  id: 'team',
  name: 'Team',
  version: 1,
  quota: { limit: 1000, period: 'month' },
  rate: { limit: 60, windowSeconds: 60 },
  price: null,
  apis: null,
  entitlements: 0,
  moving: 0,
  moved: 0,
  ...fields,
});

export const aConsumer = (fields: object = {}) => ({
  id: 'consumer_1',
  name: 'Ada',
  email: 'ada@example.com',
  keys: 2,
  createdAt: '2026-01-15T12:00:00.000Z',
  updatedAt: '2026-01-15T12:00:00.000Z',
  ...fields,
});
