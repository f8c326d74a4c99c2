import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer } from '../../http/envelope.ts';
import { operation, problems } from '../../http/operation.ts';
import { actorOf } from '../../operators/authenticate.ts';
import { requireBilling } from '../billing.ts';
import { pushPlans } from './push.ts';
import { PushRequest, PushResult, STRIPE_PROBLEMS } from './schema.ts';

export function pushRoute(app: Api, context: Context): void {
  const push = {
    ...operation('pushPlans', 'billing', 'Push plans to Stripe as products and prices'),
    body: PushRequest,
    response: {
      200: Answer(Type.Array(PushResult)),
      ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'MALFORMED_JSON', ...STRIPE_PROBLEMS),
    },
  };
  app.post('/billing/push', { schema: push }, async (request) => {
    const billing = requireBilling(context);
    const { dryRun = false } = request.body;
    return answer(request, await pushPlans({ context, billing, actor: actorOf(request) }, { dryRun }));
  });
}
