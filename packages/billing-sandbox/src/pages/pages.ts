import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseParams } from '../api/params.ts';
import { accountRoutes } from './account-routes.ts';
import { messagePage } from './layout.ts';
import type { PageOptions } from './page-options.ts';
import { payRoutes } from './pay-routes.ts';
import { portalRoutes } from './portal-routes.ts';
import { stylesheet } from './stylesheet.ts';

/**
 * The index page, the hosted pay page and the portal. Server-rendered, without scripts, usable with
 * the keyboard.
 */
export function pageRoutes(app: FastifyInstance, options: PageOptions): void {
  app.register(async (pages) => {
    pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, parseParams(String(body)));
    });
    pages.addHook('onRequest', async (request, reply) => {
      options.access.protectPage(reply);
      await options.access.checkHost(request);
      if (request.method === 'POST') await options.access.checkOrigin(request);
    });
    pages.setErrorHandler((error, _request, reply) => showError(reply, error as Partial<Error> & { status?: number; statusCode?: number }));
    pages.get('/sandbox.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(stylesheet));
    accountRoutes(pages, options);
    payRoutes(pages, options);
    portalRoutes(pages, options);
  });
}

/** Stripe errors have `status`, those of Fastify and of access control `statusCode`. */
function showError(reply: FastifyReply, error: Partial<Error> & { status?: number; statusCode?: number }): FastifyReply {
  const status = error.status ?? error.statusCode ?? 500;
  return reply
    .status(status)
    .type('text/html; charset=utf-8')
    .send(messagePage('Something went wrong', error.message ?? 'Unknown error'));
}
