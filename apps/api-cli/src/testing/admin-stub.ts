import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the stub saw it. */
export interface Seen {
  method: string;
  url: string;
  authorization: string | undefined;
  body: unknown;
}

/** What the stub answers: a status and a body, which may be text. */
export interface Reply {
  status?: number;
  body: unknown;
}

/** An HTTP server that answers what a test says, for what the real admin API would hardly answer. */
export async function adminStub(answer: (seen: Seen) => Reply) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const one = await read(request);
    seen.push(one);
    const { status = 200, body } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Seen> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    authorization: request.headers.authorization,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The envelope of a success. */
export const success = (data: unknown, cursor: string | null = null): Reply => ({
  body: { success: true, data, error: null, meta: { requestId: 'req_1', pagination: { cursor, hasMore: cursor !== null } } },
});

/** A problem body, as far as a client reads it. */
export const problem = (status: number, code: string, detail: string, errors?: { pointer: string; detail: string }[]): Reply => ({
  status,
  body: { status, code, detail, success: false, data: null, ...(errors ? { errors } : {}), meta: { requestId: 'req_7' } },
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
