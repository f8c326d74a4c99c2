import { type Static, Type } from 'typebox';
import { CLOSED, Name, nullable } from '../http/fields.ts';

export const NewOperatorKey = Type.Object({ name: Name }, CLOSED);
export type NewOperatorKey = Static<typeof NewOperatorKey>;

const fields = {
  id: Type.String({ description: '`env` for the key from the environment' }),
  name: Type.String(),
  createdAt: nullable(Type.String({ format: 'date-time', description: 'null for the key from the environment' })),
};

/** One that is in force. */
export const OperatorKey = Type.Object(fields);
export type OperatorKey = Static<typeof OperatorKey>;

export const IssuedOperatorKey = Type.Object({ ...fields, key: Type.String({ description: 'the plaintext, shown this once' }) });
export type IssuedOperatorKey = Static<typeof IssuedOperatorKey>;

export const RevokedOperatorKey = Type.Object({ id: Type.String(), revokedAt: Type.String({ format: 'date-time' }) });
export type RevokedOperatorKey = Static<typeof RevokedOperatorKey>;
