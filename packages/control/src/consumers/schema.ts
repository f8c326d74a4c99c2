import { type Static, Type } from 'typebox';
import { CLOSED, Email, Name, nullable } from '../http/fields.ts';
import { PAGE_FIELDS } from '../http/page.ts';
import type { CountedConsumerRow } from './store.ts';

export const NewConsumer = Type.Object({ name: Name, email: Type.Optional(nullable(Email)) }, CLOSED);
export type NewConsumer = Static<typeof NewConsumer>;

export const ConsumerPatch = Type.Object(
  { name: Type.Optional(Name), email: Type.Optional(nullable(Email)) },
  { ...CLOSED, minProperties: 1 },
);
export type ConsumerPatch = Static<typeof ConsumerPatch>;

export const Consumer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  keys: Type.Integer({ minimum: 0, description: 'keys that are not revoked' }),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
});
export type Consumer = Static<typeof Consumer>;

export const ConsumerQuery = Type.Object(
  { ...PAGE_FIELDS, search: Type.Optional({ ...Name, description: 'a part of the name or the email' }) },
  CLOSED,
);

export const presentConsumer = (row: CountedConsumerRow): Consumer => ({
  id: row.id,
  name: row.name,
  email: row.email,
  keys: row.keys,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
