import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How requests to the server fail. */
type Fault =
  | 'none'
  /** Every connection is closed. */
  | 'unreachable'
  /** Assets of the console can’t be loaded. */
  | 'no-assets'
  /** The operator API returns 500. */
  | 'broken'
  /** The operator API responds late. */
  | { slowMs: number };

export interface FaultProxy {
  address: string;
  fault: Fault;
  /** Paths of all requests. */
  requests: string[];
  close: () => Promise<void>;
}

/** A real proxy in front of the server that injects faults, so the browser needs no mocks. */
export async function startFaultProxy(product: string): Promise<FaultProxy> {
  const target = new URL(product);
  const sockets = new Set<Socket>();
  const proxy: FaultProxy = {
    address: '',
    fault: 'none',
    requests: [],
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  const server = createServer((request, response) => {
    const isOperatorApi = (request.url ?? '').startsWith('/api/admin');
    proxy.requests.push(request.url ?? '');
    if (proxy.fault === 'unreachable' || (proxy.fault === 'no-assets' && request.url?.startsWith('/assets/')))
      return request.socket.destroy();
    if (proxy.fault === 'broken' && isOperatorApi) return sendError(response);
    const waitMs = typeof proxy.fault === 'object' && isOperatorApi ? proxy.fault.slowMs : 0;
    setTimeout(() => forward(target, request, response), waitMs);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

function sendError(response: ServerResponse): void {
  const requestId = 'req_broken';
  const body = {
    type: '/docs/errors/INTERNAL_ERROR',
    title: 'Something broke on our side',
    status: 500,
    code: 'INTERNAL_ERROR',
    success: false,
    data: null,
    meta: { requestId },
  };
  response.writeHead(500, { 'content-type': 'application/problem+json', 'x-request-id': requestId }).end(JSON.stringify(body));
}

function forward({ hostname, port }: URL, request: IncomingMessage, response: ServerResponse): void {
  const forwarded = sendRequest({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (upstream) => {
    response.writeHead(upstream.statusCode ?? 502, upstream.headers);
    upstream.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  request.pipe(forwarded);
}
