import type { Context } from '../../context.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../../http/answer.ts';
import type { Api } from '../../http/api.ts';
import { ById } from '../../http/fields.ts';
import { operation, problems } from '../../http/operation.ts';
import { pageRequest } from '../../http/page.ts';
import { notFound } from '../../http/refuse.ts';
import { actorOf } from '../../operators/authenticate.ts';
import { type Actor, changeRecord } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import { syncCustomer } from '../engine/sync.ts';
import { wantCustomer } from '../store/customers.ts';
import { type DisputeRow, findDispute, listDisputes, setReleased } from '../store/disputes.ts';
import { DisputeView, ListQuery, presentDispute } from './views.ts';

const LIST = {
  ...operation('listDisputes', 'billing', 'List disputes as they were seen last, newest first'),
  querystring: ListQuery,
  response: { 200: ListAnswer(DisputeView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
};
const RELEASE = {
  ...operation('releaseDispute', 'billing', 'Lift the hold of a dispute for good: its consumer was dealt with otherwise'),
  params: ById,
  response: {
    200: Answer(DisputeView),
    ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT', 'STRIPE_UNAVAILABLE', 'STRIPE_REJECTED'),
  },
};

/** Which disputes hold whom, and the operator's way out of it. */
export function disputeRoutes(app: Api, context: Context): void {
  app.get('/billing/disputes', { schema: LIST }, async (request) => {
    const { mode } = requireBilling(context);
    return listAnswer(request, await listDisputes(context.db, mode, pageRequest(request.query)), presentDispute);
  });
  app.post('/billing/disputes/:id/release', { schema: RELEASE }, async (request) =>
    answer(request, presentDispute(await releaseDispute(context, request.params.id, actorOf(request)))),
  );
}

/**
 * Notes the release, then looks at the customer, so that its keys follow at once. When Stripe is out of reach the release stays, and the worker
 * looks later.
 */
async function releaseDispute(context: Context, id: string, actor: Actor): Promise<DisputeRow> {
  const { mode } = requireBilling(context);
  const dispute = await findDispute(context.db, mode, id);
  if (dispute === null) throw notFound('dispute');
  const { customerId, consumerId, status } = dispute;
  await changeRecord(context, actor, async ({ tx, at, record }) => {
    // The customer's row before its dispute, as a sync locks them (decision 0041): the other order would deadlock with one.
    await wantCustomer(tx, mode, { id: customerId, at });
    if (!(await setReleased(tx, mode, { id, at }))) return;
    record({ action: 'dispute.release', objectId: id, details: { customerId, consumerId, status } });
  });
  await syncCustomer(context, customerId);
  return (await findDispute(context.db, mode, id)) ?? dispute;
}
