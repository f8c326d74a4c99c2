import type { FastifyInstance } from 'fastify';
import { missing } from '../api/stripe-error.ts';
import { type PortalView, portalView } from '../portal-actions.ts';
import { formField } from './form-field.ts';
import type { PageOptions } from './page-options.ts';
import { portalPage } from './portal-page.ts';

type Session = { Params: { id: string } };
type Action = (call: { id: string; subscription: string; price: string; card: string }) => void;

/** `/portal/:id`. As at Stripe, the link is the permission to manage the subscriptions. */
export function portalRoutes(app: FastifyInstance, options: PageOptions): void {
  const viewOf = (id: string): PortalView => {
    options.catchUp();
    const view = Object.hasOwn(options.runtime.state.portalSessions, id) ? portalView(options.runtime.state, id) : null;
    if (!view) throw missing('portal session', id);
    return view;
  };
  app.get<Session>('/portal/:id', (request, reply) => reply.type('text/html; charset=utf-8').send(portalPage(viewOf(request.params.id))));
  for (const [name, act] of Object.entries(actionsOf(options))) {
    app.post<Session>(`/portal/:id/${name}`, (request, reply) => {
      const { session } = viewOf(request.params.id);
      try {
        act({
          id: session.id,
          subscription: formField(request, 'subscription'),
          price: formField(request, 'price'),
          card: formField(request, 'card'),
        });
      } finally {
        options.onChange();
      }
      return reply.redirect(`/portal/${session.id}`, 303);
    });
  }
}

function actionsOf({ portal }: PageOptions): Record<string, Action> {
  return {
    'cancel-at-period-end': ({ id, subscription }) => portal.cancelAtPeriodEnd(id, subscription),
    'cancel-now': ({ id, subscription }) => portal.cancelNow(id, subscription),
    resume: ({ id, subscription }) => portal.resume(id, subscription),
    'change-plan': ({ id, subscription, price }) => portal.changePlan(id, subscription, price),
    pay: ({ id }) => portal.payOpenInvoices(id),
    'change-card': ({ id, card }) => portal.changeCard(id, card === 'declining'),
  };
}
