import { notFound } from '../http/errors.ts';
import type { RecordWrite } from '../transaction/change.ts';
import { type Consumer, type ConsumerPatch, type NewConsumer, presentConsumer } from './schema.ts';
import { type ConsumerRow, findCountedConsumer, insertConsumer, lockConsumer, updateConsumer } from './store.ts';

export async function createConsumer({ context, tx, at, record }: RecordWrite, { name, email }: NewConsumer): Promise<Consumer> {
  const row: ConsumerRow = { id: context.newId('consumer'), name, email: email ?? null, created_at: at, updated_at: at };
  await insertConsumer(tx, row);
  record({ action: 'consumer.create', objectId: row.id, details: { name, email: row.email } });
  return presentConsumer({ ...row, keys: 0 });
}

/** @throws ProblemError NOT_FOUND */
export async function editConsumer({ tx, at, record }: RecordWrite, id: string, patch: ConsumerPatch): Promise<Consumer> {
  const row = await lockConsumer(tx, id);
  if (row === null) throw notFound('consumer');
  const next = { ...row, ...patch, updated_at: at };
  if (next.name !== row.name || next.email !== row.email) {
    await updateConsumer(tx, next);
    record({ action: 'consumer.update', objectId: id, details: { ...patch } });
  }
  const counted = await findCountedConsumer(tx, id);
  if (counted === null) throw new Error(`the consumer ${id} is locked but missing`);
  return presentConsumer(counted);
}
