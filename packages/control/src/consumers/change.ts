import type { RecordWrite } from '../audit/change.ts';
import { notFound } from '../http/refuse.ts';
import { present } from './present.ts';
import type { Consumer, ConsumerPatch, NewConsumer } from './schema.ts';
import { type ConsumerRow, insertConsumer, lockConsumer, updateConsumer } from './store.ts';

export async function createConsumer({ context, tx, at, record }: RecordWrite, { name, email }: NewConsumer): Promise<Consumer> {
  const row: ConsumerRow = { id: context.newId('consumer'), name, email: email ?? null, created_at: at, updated_at: at };
  await insertConsumer(tx, row);
  record({ action: 'consumer.create', objectId: row.id, details: { name, email: row.email } });
  return present(row);
}

/** @throws ProblemError NOT_FOUND */
export async function editConsumer({ tx, at, record }: RecordWrite, id: string, patch: ConsumerPatch): Promise<Consumer> {
  const row = await lockConsumer(tx, id);
  if (row === null) throw notFound('consumer');
  const next = { ...row, ...patch, updated_at: at };
  if (next.name === row.name && next.email === row.email) return present(row);
  await updateConsumer(tx, next);
  record({ action: 'consumer.update', objectId: id, details: { ...patch } });
  return present(next);
}
