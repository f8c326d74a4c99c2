import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A response of the server; a function controls the connection itself. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown } | ((response: ServerResponse) => unknown);

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface TestServer {
  url: string;
  /** The received requests, in order. */
  seen: SeenRequest[];
  close: () => Promise<void>;
}

/**
 * A real HTTP server that sends these responses in order, and repeats the last one.
 */
export async function serverThatAnswers(...answers: [Answer, ...Answer[]]): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: await text(request) });
    send(answers[Math.min(seen.length, answers.length) - 1] as Answer, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Closes the connection without a response. */
export const cutsOff: Answer = (response) => response.destroy();

/** Closes the connection in the middle of the body. */
export const breaksOff: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"success":true,', () => response.destroy());
};

/** Never responds. */
export const staysSilent: Answer = () => {};

export const pong: Answer = { body: { success: true, data: { pong: true }, error: null, meta: { requestId: 'req_1' } } };

/** An error response in the product's format. */
export const problem = (status: number, code: string, headers: Record<string, string> = {}, more: object = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'x-request-id': 'req_1', ...headers },
  body: {
    type: `/docs/errors/${code}`,
    title: `Title of ${code}`,
    status,
    detail: `Detail of ${code}.`,
    instance: '/api/v1/actions',
    code,
    success: false,
    data: null,
    error: { code, message: `Title of ${code}`, details: {} },
    meta: { requestId: 'req_1' },
    ...more,
  },
});

function send(answer: Answer, response: ServerResponse): void {
  if (typeof answer === 'function') return void answer(response);
  const { status = 200, headers, body } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
