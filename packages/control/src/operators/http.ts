import { type Static, Type } from 'typebox';
import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { Answer, answer } from '../http/envelope.ts';
import { ById, CLOSED, Name, nullable } from '../http/fields.ts';
import { operation, problems } from '../http/operation.ts';
import { changeRecord } from '../transaction/change.ts';
import { created, IDEMPOTENT_HEADERS, once } from '../transaction/idempotency.ts';
import { actorOf, idempotentRequestOf } from './authenticate.ts';
import { createOperatorKey, revokeOperatorKey } from './change.ts';
import { FROM_ENVIRONMENT, type Operators } from './operators.ts';
import { listOperators } from './store.ts';

export const NewOperatorKey = Type.Object({ name: Name }, CLOSED);
export type NewOperatorKey = Static<typeof NewOperatorKey>;

const fields = {
  id: Type.String({ description: '`env` for the key from the environment' }),
  name: Type.String(),
  createdAt: nullable(Type.String({ format: 'date-time', description: 'null for the key from the environment' })),
};

/** An active key. */
export const OperatorKey = Type.Object(fields);
export type OperatorKey = Static<typeof OperatorKey>;

export const IssuedOperatorKey = Type.Object({ ...fields, key: Type.String({ description: 'the plaintext, shown only once' }) });
export type IssuedOperatorKey = Static<typeof IssuedOperatorKey>;

export const RevokedOperatorKey = Type.Object({ id: Type.String(), revokedAt: Type.String({ format: 'date-time' }) });
export type RevokedOperatorKey = Static<typeof RevokedOperatorKey>;

const LIST = {
  ...operation('listOperatorKeys', 'operators', 'List active operator keys, oldest first'),
  response: { 200: Answer(Type.Array(OperatorKey)), ...problems() },
};
const CREATE = {
  ...operation('createOperatorKey', 'operators', 'Create an operator key; its plaintext is shown only once'),
  headers: IDEMPOTENT_HEADERS,
  body: NewOperatorKey,
  response: { 201: Answer(IssuedOperatorKey), ...problems('VALIDATION_FAILED', 'MALFORMED_JSON', 'CONFLICT', 'IDEMPOTENCY_MISMATCH') },
};
const REVOKE = {
  ...operation('revokeOperatorKey', 'operators', 'Revoke an operator key and end its sessions'),
  params: ById,
  response: { 200: Answer(RevokedOperatorKey), ...problems('VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT') },
};

/** Manages operator keys. The key from the environment is listed but can only be changed there. */
export async function operatorRoutes(app: Api, context: Context, operators: Operators): Promise<void> {
  app.get('/operator-keys', { schema: LIST }, async (request) => {
    const stored = (await listOperators(context.db)).map(({ id, name, created_at }) => ({ id, name, createdAt: created_at.toISOString() }));
    const given = context.adminKey === null ? [] : [{ id: FROM_ENVIRONMENT, name: 'API_FACTORY_ADMIN_KEY', createdAt: null }];
    return answer(request, [...given, ...stored]);
  });

  app.post('/operator-keys', { schema: CREATE }, async (request, reply) => {
    const outcome = await changeRecord(context, actorOf(request), (write) =>
      once(write, idempotentRequestOf(request), () => createOperatorKey(write, request.body.name)),
    );
    operators.keysChanged();
    return answer(request, created(reply, outcome));
  });

  app.post('/operator-keys/:id/revoke', { schema: REVOKE }, async (request) => {
    const { id } = request.params;
    const revoked = await changeRecord(context, actorOf(request), (write) => revokeOperatorKey(write, id));
    operators.keysChanged();
    operators.sessionsChanged();
    return answer(request, revoked);
  });
}
