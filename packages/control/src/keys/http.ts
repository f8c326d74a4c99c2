import type { Code } from '@api-factory/core';
import { type Context, manageUrl } from '../context.ts';
import type { Api } from '../http/api.ts';
import { failedCredential } from '../http/credential.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../http/envelope.ts';
import { notFound } from '../http/errors.ts';
import { ById } from '../http/fields.ts';
import { operation, problems } from '../http/operation.ts';
import { pageRequest } from '../http/page.ts';
import { actorOf, idempotentRequestOf } from '../operators/authenticate.ts';
import { change } from '../transaction/change.ts';
import { created, IDEMPOTENT_HEADERS, once } from '../transaction/idempotency.ts';
import { authenticateKey } from './authenticate.ts';
import { createKey, editKey, revokeKey, rotateKey, setOperatorStatus } from './change.ts';
import { presentLimits, presentOwnKey } from './key-limits.ts';
import { currentQuota, findOwnKeyById } from './key-limits-store.ts';
import { presentKey } from './rules.ts';
import { IssuedKey, Key, KeyLimits, KeyPatch, KeyQuery, NewKey, OwnKey, Rotation } from './schema.ts';
import { findKey, listKeys } from './store.ts';

const LIST = {
  ...operation('listKeys', 'keys', 'List API keys, newest first'),
  querystring: KeyQuery,
  response: { 200: ListAnswer(Key), ...problems('VALIDATION_FAILED') },
};
const CREATE = {
  ...operation('createKey', 'keys', 'Create an API key; its plaintext is shown only once'),
  headers: IDEMPOTENT_HEADERS,
  body: NewKey,
  response: { 201: Answer(IssuedKey), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'CONFLICT', 'IDEMPOTENCY_MISMATCH') },
};
const GET = {
  ...operation('getKey', 'keys', 'Get an API key'),
  params: ById,
  response: { 200: Answer(Key), ...problems('VALIDATION_FAILED', 'NOT_FOUND') },
};
const LIMITS = {
  ...operation('getKeyLimits', 'keys', 'Get plan, quota, rate and billing of an API key as its owner sees them'),
  params: ById,
  response: { 200: Answer(KeyLimits), ...problems('VALIDATION_FAILED', 'NOT_FOUND') },
};
const PATCH = {
  ...operation('updateKey', 'keys', 'Change name, expiry or plan; the plan moves with all keys of the entitlement'),
  params: ById,
  body: KeyPatch,
  response: {
    200: Answer(Key),
    ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'NOT_FOUND', 'KEY_REVOKED', 'CONFLICT', 'CHANGE_NOT_IN_EFFECT'),
  },
};
const ROTATE = {
  ...operation('rotateKey', 'keys', 'Replace an API key with a new one'),
  params: ById,
  headers: IDEMPOTENT_HEADERS,
  body: Rotation,
  response: {
    201: Answer(IssuedKey),
    ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'NOT_FOUND', 'KEY_REVOKED', 'CONFLICT', 'IDEMPOTENCY_MISMATCH'),
  },
};

/** API keys. A plaintext key appears only in the response that creates it. */
export async function keyRoutes(app: Api, context: Context): Promise<void> {
  readRoutes(app, context);
  issueRoutes(app, context);
  changeRoutes(app, context);
}

function readRoutes(app: Api, context: Context): void {
  const now = () => new Date(context.clock.now());

  app.get('/keys', { schema: LIST }, async (request) => {
    const at = now();
    const page = await listKeys(context.db, { ...request.query, now: at }, pageRequest(request.query));
    return listAnswer(request, page, (row) => presentKey(row, at));
  });

  app.get('/keys/:id', { schema: GET }, async (request) => {
    const row = await findKey(context.db, request.params.id);
    if (row === null) throw notFound('key');
    return answer(request, presentKey(row, now()));
  });

  app.get('/keys/:id/limits', { schema: LIMITS }, async (request) => {
    const at = now();
    const row = await findOwnKeyById(context.db, request.params.id);
    if (row === null) throw notFound('key');
    const quota = await currentQuota(context.db, row.entitlementId, at);
    const live = context.limits.of(row.entitlementId);
    return answer(request, presentLimits({ row, quota, live, portalUrl: manageUrl(context.billing), now: at }));
  });
}

function issueRoutes(app: Api, context: Context): void {
  app.post('/keys', { schema: CREATE }, async (request, reply) => {
    const outcome = await change(context, actorOf(request), (write) =>
      once(write, idempotentRequestOf(request), () => createKey(write, request.body)),
    );
    return answer(request, created(reply, outcome));
  });

  app.post('/keys/:id/rotate', { schema: ROTATE }, async (request, reply) => {
    const { overlapSeconds = 0 } = request.body;
    const outcome = await change(context, actorOf(request), (write) =>
      once(write, idempotentRequestOf(request), () => rotateKey(write, request.params.id, overlapSeconds)),
    );
    return answer(request, created(reply, outcome));
  });
}

function changeRoutes(app: Api, context: Context): void {
  app.patch('/keys/:id', { schema: PATCH }, async (request) => {
    const { id } = request.params;
    return answer(request, await change(context, actorOf(request), (write) => editKey(write, id, request.body)));
  });

  app.post(
    '/keys/:id/suspend',
    { schema: changeSchema('suspendKey', 'Suspend an API key', 'KEY_REVOKED', 'CHANGE_NOT_IN_EFFECT') },
    async (request) => {
      const { id } = request.params;
      return answer(request, await change(context, actorOf(request), (write) => setOperatorStatus(write, id, 'suspended')));
    },
  );

  app.post('/keys/:id/resume', { schema: changeSchema('resumeKey', 'Resume a suspended API key', 'KEY_REVOKED') }, async (request) => {
    const { id } = request.params;
    return answer(request, await change(context, actorOf(request), (write) => setOperatorStatus(write, id, 'enabled')));
  });

  app.post(
    '/keys/:id/revoke',
    { schema: changeSchema('revokeKey', 'Revoke an API key permanently', 'CHANGE_NOT_IN_EFFECT') },
    async (request) => {
      const { id } = request.params;
      return answer(request, await change(context, actorOf(request), (write) => revokeKey(write, id)));
    },
  );
}

const changeSchema = (operationId: string, summary: string, ...codes: Code[]) => ({
  ...operation(operationId, 'keys', summary),
  params: ById,
  response: { 200: Answer(Key), ...problems('VALIDATION_FAILED', 'NOT_FOUND', ...codes) },
});

const SCHEMA = {
  ...operation('getOwnKey', 'keys', 'Get plan, quota and status of the API key that is sent', 'consumer'),
  response: { 200: Answer(OwnKey), ...problems('KEY_EXPIRED') },
};

/** A consumer's view of its own key, authenticated by that key. Suspended keys are accepted too. */
export async function ownKeyRoutes(app: Api, context: Context): Promise<void> {
  app.get('/keys/me', { schema: SCHEMA }, async (request) => {
    const now = new Date(context.clock.now());
    const row = await authenticateKey(context, request);
    if (row === null) throw await failedCredential(context, request, false);
    const quota = await currentQuota(context.db, row.entitlementId, now);
    const live = context.limits.of(row.entitlementId);
    return answer(request, presentOwnKey({ row, quota, live, portalUrl: manageUrl(context.billing), now }));
  });
}
