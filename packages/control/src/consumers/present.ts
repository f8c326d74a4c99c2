import type { Consumer } from './schema.ts';
import type { ConsumerRow } from './store.ts';

export const present = (row: ConsumerRow): Consumer => ({
  id: row.id,
  name: row.name,
  email: row.email,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
