import type { Consumer } from './schema.ts';
import type { CountedConsumerRow } from './store.ts';

export const present = (row: CountedConsumerRow): Consumer => ({
  id: row.id,
  name: row.name,
  email: row.email,
  keys: row.keys,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
