import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStripeClient } from '../stripe/client.ts';
import type { BilledApp } from './billed-app.ts';

export interface RefusingProxy {
  /** From now on answers 403 to paths that start so, like Stripe for a restricted key. */
  refuse: (...beginnings: string[]) => void;
  /** Requested paths. */
  asked: string[];
  close: () => Promise<void>;
}

/** Puts a proxy between the app and its sandbox. */
export async function refusingProxy(app: BilledApp): Promise<RefusingProxy> {
  const asked: string[] = [];
  let refused: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (refused.some((beginning) => path.startsWith(beginning))) {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { type: 'invalid_request_error', message: 'The key may not ask for this.' } }));
      return;
    }
    const { method } = request;
    const headers = { ...request.headers, host: new URL(app.sandbox.url).host };
    const upstream = forward(new URL(path, app.sandbox.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stripe = createStripeClient({ secretKey: app.sandbox.secretKey, apiBase: `http://127.0.0.1:${port}` });
  Object.assign(app.context.billing!, { stripe });
  return {
    refuse: (...beginnings) => {
      refused = beginnings;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
