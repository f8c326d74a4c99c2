import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '../api/stripe-error.ts';
import type { Controls } from '../controls-types.ts';
import { accountPage, signInPage } from './account-page.ts';
import { formField } from './form-field.ts';
import type { PageOptions } from './page-options.ts';

type Act = (controls: Controls, request: FastifyRequest) => void;

const ACTS: Record<string, Act> = {
  advance: (controls, request) => controls.advance({ seconds: Number(formField(request, 'seconds')) }),
  cancel: (controls, request) => controls.cancel({ subscriptionId: formField(request, 'subscription') }),
  customer(controls, request) {
    const customerId = formField(request, 'customer');
    const what = formField(request, 'do');
    if (what === 'fail') controls.failPayments({ customerId, times: 1 });
    else if (what === 'pay') controls.payOpenInvoices({ customerId });
    else if (what === 'dispute') controls.openDispute({ customerId });
    else throw invalid('Unknown action.', 'do');
  },
};

/** `/`, for those who know the token: a form asks for it once and a cookie remembers that it was right. */
export function accountRoutes(app: FastifyInstance, options: PageOptions): void {
  const { access, controls, world } = options;
  app.get('/', (request, reply) => {
    if (!access.signedIn(request)) return sendHtml(reply, signInPage(false));
    options.catchUp();
    return sendHtml(reply, accountPage({ now: world.now(), state: world.state, events: controls.events() }));
  });
  app.post('/sign-in', (request, reply) => {
    const cookie = access.signIn(formField(request, 'token').trim());
    if (cookie === null) return sendHtml(reply.status(401), signInPage(true));
    return reply.header('set-cookie', cookie).redirect('/', 303);
  });
  for (const [name, act] of Object.entries(ACTS)) {
    app.post(`/act/${name}`, (request, reply) => {
      if (!access.signedIn(request)) return sendHtml(reply.status(401), signInPage(false));
      act(controls, request);
      return reply.redirect('/', 303);
    });
  }
}

function sendHtml(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page);
}
