import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStripeClient } from '../stripe/client.ts';
import type { BilledApp } from './billed-app.ts';

export interface RefusingProxy {
  /** From now on, returns 403 for paths with a prefix, like Stripe for a restricted key. */
  refuse: (...prefixes: string[]) => void;
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
    if (refused.some((prefix) => path.startsWith(prefix))) {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { type: 'invalid_request_error', message: 'The key does not have permission for this request.' } }),
      );
      return;
    }
    const { method } = request;
    const headers = { ...request.headers, host: new URL(app.sandbox.url).host };
    const upstream = forward(new URL(path, app.sandbox.url), { method, headers }, (upstreamResponse) => {
      response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
      upstreamResponse.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stripe = createStripeClient({ secretKey: app.sandbox.secretKey, apiBase: `http://127.0.0.1:${port}` });
  Object.assign(app.context.billing!, { stripe });
  return {
    refuse: (...prefixes) => {
      refused = prefixes;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
