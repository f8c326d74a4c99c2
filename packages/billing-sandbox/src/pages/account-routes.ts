import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '../api/stripe-error.ts';
import type { Controls } from '../controls-types.ts';
import { accountPage, signInPage } from './account-page.ts';
import { ALL_PAYMENTS } from './customer-block.ts';
import { formField } from './form-field.ts';
import type { PageOptions } from './page-options.ts';

type Act = (controls: Controls, request: FastifyRequest) => void;

const ACTS: Record<string, Act> = {
  advance: (controls, request) => controls.advance({ seconds: Number(formField(request, 'seconds')) }),
  cancel: (controls, request) => controls.cancel({ subscriptionId: formField(request, 'subscription') }),
  dispute(controls, request) {
    const status = formField(request, 'do') === 'withdraw' ? 'won' : formField(request, 'status');
    if (!DISPUTE_ENDS.includes(status)) throw invalid('Unknown end of a dispute.', 'status');
    controls.setDispute({ disputeId: formField(request, 'dispute'), status });
  },
  customer(controls, request) {
    const name = formField(request, 'do');
    const act = Object.hasOwn(CUSTOMER_ACTS, name) ? CUSTOMER_ACTS[name] : undefined;
    if (!act) throw invalid('Unknown action.', 'do');
    act(controls, formField(request, 'customer'));
  },
};

const DISPUTE_ENDS = ['won', 'lost', 'warning_closed'];

const CUSTOMER_ACTS: Record<string, (controls: Controls, customerId: string) => void> = {
  'fail-all': (controls, customerId) => controls.failPayments({ customerId, times: ALL_PAYMENTS }),
  fail: (controls, customerId) => controls.failPayments({ customerId, times: 1 }),
  succeed: (controls, customerId) => controls.failPayments({ customerId, times: 0 }),
  pay: (controls, customerId) => controls.payOpenInvoices({ customerId }),
  refund: (controls, customerId) => controls.refund({ customerId }),
  dispute: (controls, customerId) => controls.openDispute({ customerId }),
  warn: (controls, customerId) => controls.warnOfFraud({ customerId }),
};

/** `/`: a form asks for the token once, then a cookie gives access. */
export function accountRoutes(app: FastifyInstance, options: PageOptions): void {
  const { access, controls, runtime } = options;
  app.get('/', (request, reply) => {
    if (!access.signedIn(request)) return sendHtml(reply, signInPage(false));
    options.catchUp();
    return sendHtml(reply, accountPage({ now: runtime.now(), state: runtime.state, events: controls.events() }));
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
