import { createServer, type IncomingMessage, type ServerResponse, request as sendOn } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What happens to requests on their way to the product. */
export type Trouble =
  | 'none'
  /** No connection is answered. */
  | 'away'
  /** Parts of the console that were not fetched yet can’t be. */
  | 'no-parts'
  /** The operator API answers 500, as a broken product would. */
  | 'broken'
  /** The operator API answers late. */
  | { slowMs: number };

export interface TroubledWay {
  address: string;
  trouble: Trouble;
  /** Every request that was asked for, by path. */
  asked: string[];
  close: () => Promise<void>;
}

/** A real way to the product on which things go wrong: the browser talks to this address, so nothing in the browser is pretended. */
export async function troubledWay(product: string): Promise<TroubledWay> {
  const target = new URL(product);
  const sockets = new Set<Socket>();
  const way: TroubledWay = {
    address: '',
    trouble: 'none',
    asked: [],
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  const server = createServer((request, response) => {
    const operating = (request.url ?? '').startsWith('/api/admin');
    way.asked.push(request.url ?? '');
    if (way.trouble === 'away' || (way.trouble === 'no-parts' && request.url?.startsWith('/assets/'))) return request.socket.destroy();
    if (way.trouble === 'broken' && operating) return answerBroken(response);
    const waitMs = typeof way.trouble === 'object' && operating ? way.trouble.slowMs : 0;
    setTimeout(() => forward(target, request, response), waitMs);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  way.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return way;
}

function answerBroken(response: ServerResponse): void {
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
  const onward = sendOn({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
