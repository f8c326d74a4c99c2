import { type Static, Type } from 'typebox';
import { CLOSED, nullable } from '../http/fields.ts';

const Operator = Type.String({ description: 'id of the operator key; `env` for the key from the environment' });
const CsrfToken = Type.String({ description: 'goes with every write as `x-csrf-token`' });
const Time = Type.String({ format: 'date-time' });

export const SignIn = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 1_000, description: 'the operator key, 1 to 1000 characters' }) },
  CLOSED,
);

export const NewSession = Type.Object({ operator: Operator, csrfToken: CsrfToken, createdAt: Time, expiresAt: Time });
export type NewSession = Static<typeof NewSession>;

/** The three are null for a request that came with the operator key itself. */
export const CurrentSession = Type.Object({
  operator: Operator,
  csrfToken: nullable(CsrfToken),
  createdAt: nullable(Time),
  expiresAt: nullable(Time),
});

export const EndedSessions = Type.Object({ ended: Type.Integer({ description: 'how many sessions were ended' }) });
