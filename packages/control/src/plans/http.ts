import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../http/envelope.ts';
import { notFound } from '../http/errors.ts';
import { ById } from '../http/fields.ts';
import { operation, problems } from '../http/operation.ts';
import { pageRequest } from '../http/page.ts';
import { actorOf, idempotentRequestOf } from '../operators/authenticate.ts';
import { change } from '../transaction/change.ts';
import { created, IDEMPOTENT_HEADERS, once } from '../transaction/idempotency.ts';
import { createPlan, editPlan, removePlan } from './change.ts';
import type { PlanMover } from './mover.ts';
import { presentPlan, requireCurrency } from './rules.ts';
import { DeletedPlan, EditedPlan, NewPlan, Plan, PlanEdit, PlanQuery } from './schema.ts';
import { findPlan, listPlans } from './store.ts';

const LIST = {
  ...operation('listPlans', 'plans', 'List plans in their current version, oldest first'),
  querystring: PlanQuery,
  response: { 200: ListAnswer(Plan), ...problems('VALIDATION_FAILED') },
};
const CREATE = {
  ...operation('createPlan', 'plans', 'Create a plan'),
  headers: IDEMPOTENT_HEADERS,
  body: NewPlan,
  response: { 201: Answer(Plan), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'PLAN_EXISTS', 'CONFLICT', 'IDEMPOTENCY_MISMATCH') },
};
const GET = {
  ...operation('getPlan', 'plans', 'Get a plan in its current version'),
  params: ById,
  response: { 200: Answer(Plan), ...problems('VALIDATION_FAILED', 'NOT_FOUND') },
};
const PUT = {
  ...operation('replacePlan', 'plans', 'Create the next version of a plan'),
  params: ById,
  body: PlanEdit,
  response: { 200: Answer(EditedPlan), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'NOT_FOUND', 'CHANGE_NOT_IN_EFFECT') },
};
const DELETE = {
  ...operation('deletePlan', 'plans', 'Delete a plan that no entitlement uses'),
  params: ById,
  response: { 200: Answer(DeletedPlan), ...problems('VALIDATION_FAILED', 'NOT_FOUND', 'PLAN_IN_USE') },
};

/**
 * `mover` is null where no background work runs: then an edit moves only its first chunk of
 * entitlements.
 */
export async function planRoutes(app: Api, context: Context, mover: PlanMover | null): Promise<void> {
  app.get('/plans', { schema: LIST }, async (request) =>
    listAnswer(request, await listPlans(context.db, pageRequest(request.query)), presentPlan),
  );

  app.post('/plans', { schema: CREATE }, async (request, reply) => {
    requireCurrency(request.body);
    const outcome = await change(context, actorOf(request), (write) =>
      once(write, idempotentRequestOf(request), () => createPlan(write, request.body)),
    );
    return answer(request, created(reply, outcome));
  });

  app.get('/plans/:id', { schema: GET }, async (request) => {
    const plan = await findPlan(context.db, request.params.id);
    if (plan === null) throw notFound('plan');
    return answer(request, presentPlan(plan));
  });

  app.put('/plans/:id', { schema: PUT }, async (request) => {
    const { id } = request.params;
    requireCurrency(request.body);
    try {
      return answer(request, await change(context, actorOf(request), (write) => editPlan(write, id, request.body)));
    } finally {
      // Also after an error: the change may be committed.
      mover?.wake();
    }
  });

  app.delete('/plans/:id', { schema: DELETE }, async (request) => {
    const { id } = request.params;
    return answer(request, await change(context, actorOf(request), (write) => removePlan(write, id)));
  });
}
