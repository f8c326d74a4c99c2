import { wantsHtml } from '@api-factory/control';
import type { ServerOptions } from '@api-factory/gateway';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperatorConsole } from './console.ts';
import { HTML, page } from './page.ts';

const HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

const BODY = Buffer.from(
  page(
    'Page not found',
    `<h1>Page not found</h1>
<p>No page exists at this address. Check it for typos, or start from one of these:</p>
<ul>
<li><a href="/">Console</a></li>
<li><a href="/docs/">API reference</a></li>
<li><a href="/docs/errors">Error codes</a></li>
</ul>`,
  ),
);

/** Whether a browser is opening a page. Other clients get a problem (RFC 9457). */
export const opensPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && wantsHtml(request);

/** Sends a 404 page. It is constant: nothing from the request is reflected. */
export const sendNotFoundPage = (reply: FastifyReply): FastifyReply =>
  reply.code(404).headers(HEADERS).header('vary', 'accept').type(HTML).send(BODY);

/**
 * Responds to a path without a route: with the console's page if it has one, otherwise with the 404
 * page. Returns false for clients other than browsers.
 */
export const answerMissing =
  (operatorConsole: OperatorConsole | null): NonNullable<ServerOptions['answerMissing']> =>
  async (request, reply) => {
    // Also on a problem: a shared cache must not serve browsers the response of a program.
    reply.header('vary', 'accept');
    if (!opensPage(request)) return false;
    if (operatorConsole?.hasPage(request)) await operatorConsole.sendPage(request, reply);
    else sendNotFoundPage(reply);
    return true;
  };
