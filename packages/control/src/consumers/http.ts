import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../http/envelope.ts';
import { notFound } from '../http/errors.ts';
import { ById } from '../http/fields.ts';
import { operation, problems } from '../http/operation.ts';
import { pageRequest } from '../http/page.ts';
import { actorOf, idempotentRequestOf } from '../operators/authenticate.ts';
import { changeRecord } from '../transaction/change.ts';
import { created, IDEMPOTENT_HEADERS, once } from '../transaction/idempotency.ts';
import { createConsumer, editConsumer } from './change.ts';
import { Consumer, ConsumerPatch, ConsumerQuery, NewConsumer, presentConsumer } from './schema.ts';
import { findCountedConsumer, listConsumers } from './store.ts';

const LIST = {
  ...operation('listConsumers', 'consumers', 'List consumers, newest first'),
  querystring: ConsumerQuery,
  response: { 200: ListAnswer(Consumer), ...problems('VALIDATION_FAILED') },
};
const CREATE = {
  ...operation('createConsumer', 'consumers', 'Create a consumer'),
  headers: IDEMPOTENT_HEADERS,
  body: NewConsumer,
  response: { 201: Answer(Consumer), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'CONFLICT', 'IDEMPOTENCY_MISMATCH') },
};
const GET = {
  ...operation('getConsumer', 'consumers', 'Read a consumer'),
  params: ById,
  response: { 200: Answer(Consumer), ...problems('VALIDATION_FAILED', 'NOT_FOUND') },
};
const PATCH = {
  ...operation('updateConsumer', 'consumers', 'Change the name or email of a consumer'),
  params: ById,
  body: ConsumerPatch,
  response: { 200: Answer(Consumer), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'NOT_FOUND') },
};

export async function consumerRoutes(app: Api, context: Context): Promise<void> {
  app.get('/consumers', { schema: LIST }, async (request) =>
    listAnswer(request, await listConsumers(context.db, request.query.search, pageRequest(request.query)), presentConsumer),
  );

  app.post('/consumers', { schema: CREATE }, async (request, reply) => {
    const outcome = await changeRecord(context, actorOf(request), (write) =>
      once(write, idempotentRequestOf(request), () => createConsumer(write, request.body)),
    );
    return answer(request, created(reply, outcome));
  });

  app.get('/consumers/:id', { schema: GET }, async (request) => {
    const row = await findCountedConsumer(context.db, request.params.id);
    if (row === null) throw notFound('consumer');
    return answer(request, presentConsumer(row));
  });

  app.patch('/consumers/:id', { schema: PATCH }, async (request) => {
    const { id } = request.params;
    return answer(request, await changeRecord(context, actorOf(request), (write) => editConsumer(write, id, request.body)));
  });
}
