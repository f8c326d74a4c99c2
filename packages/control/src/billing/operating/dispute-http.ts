import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../../http/envelope.ts';
import { notFound } from '../../http/errors.ts';
import { ById } from '../../http/fields.ts';
import { operation, problems } from '../../http/operation.ts';
import { pageRequest } from '../../http/page.ts';
import { actorOf } from '../../operators/authenticate.ts';
import { type Actor, changeRecord } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import { syncCustomer } from '../engine/sync.ts';
import { requestSync } from '../store/customers.ts';
import { type DisputeRow, findDispute, listDisputes, setReleased } from '../store/disputes.ts';
import { DisputeView, ListQuery, presentDispute } from './views.ts';

const LIST = {
  ...operation('listDisputes', 'billing', 'List disputes as last synced, newest first'),
  querystring: ListQuery,
  response: { 200: ListAnswer(DisputeView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
};
const RELEASE = {
  ...operation('releaseDispute', 'billing', 'Release the hold of a dispute permanently'),
  params: ById,
  response: {
    200: Answer(DisputeView),
    ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT', 'STRIPE_UNAVAILABLE', 'STRIPE_REJECTED'),
  },
};

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
 * Records the release, then syncs the customer so that its keys follow immediately. When Stripe is
 * unavailable, the release stays and the worker syncs later.
 */
async function releaseDispute(context: Context, id: string, actor: Actor): Promise<DisputeRow> {
  const { mode } = requireBilling(context);
  const dispute = await findDispute(context.db, mode, id);
  if (dispute === null) throw notFound('dispute');
  const { customerId, consumerId, status } = dispute;
  await changeRecord(context, actor, async ({ tx, at, record }) => {
    // Locks the customer before its dispute, as a sync does (decision 0041), to avoid a deadlock.
    await requestSync(tx, mode, { id: customerId, at });
    if (!(await setReleased(tx, mode, { id, at }))) return;
    record({ action: 'dispute.release', objectId: id, details: { customerId, consumerId, status } });
  });
  await syncCustomer(context, customerId);
  return (await findDispute(context.db, mode, id)) ?? dispute;
}
