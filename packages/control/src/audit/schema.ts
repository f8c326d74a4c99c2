import { type Static, Type } from 'typebox';
import { CLOSED, Id, Timestamp } from '../http/fields.ts';
import { PAGE_FIELDS } from '../http/page.ts';

export const AuditEntry = Type.Object({
  id: Type.String(),
  at: Type.String({ format: 'date-time' }),
  actor: Type.String({ description: 'id of an operator key; `env` for the key from the environment; `system` for the product' }),
  action: Type.String({ description: 'for example `key.revoke`' }),
  objectType: Type.String(),
  objectId: Type.String(),
  details: Type.Object({}, { additionalProperties: true }),
  requestId: Type.Union([Type.String(), Type.Null()]),
});
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditQuery = Type.Object(
  {
    ...PAGE_FIELDS,
    objectType: Type.Optional(Id),
    objectId: Type.Optional(Id),
    actor: Type.Optional(Id),
    action: Type.Optional(Id),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
  },
  CLOSED,
);
