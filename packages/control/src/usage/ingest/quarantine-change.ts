import { sql, type Transaction } from 'kysely';
import { notFound } from '../../http/errors.ts';
import type { Tables } from '../../store/tables.ts';
import type { RecordWrite } from '../../transaction/change.ts';
import { type Chunk, storeChunk } from './chunk.ts';
import { isDataError, sqlstateOf } from './quarantine.ts';
import { type HeldRecord, holdQuarantined, noteRefusal, removeQuarantined } from './quarantine-store.ts';

/**
 * What became of a quarantined record. `refused`: the database refuses it still, for `reason`, and
 * it stays.
 */
export interface QuarantineOutcome {
  id: string;
  outcome: 'stored' | 'refused' | 'discarded';
  reason: string | null;
}

/**
 * Stores a quarantined record as the shipper would have: event, ledger, roll-ups and settlement of
 * the period that it belongs to, and its removal, in one transaction. So it is stored once, however
 * often this is asked for; the next request finds it gone.
 * @throws ProblemError NOT_FOUND when there is no such record
 */
export async function retryQuarantined({ tx, record }: RecordWrite, id: string): Promise<QuarantineOutcome> {
  const held = await hold(tx, id);
  const refusal = await refusalOf(tx, held);
  if (refusal !== null) {
    if (refusal.reason !== held.reason || refusal.sqlstate !== held.sqlstate) await noteRefusal(tx, held.id, refusal);
    return { id, outcome: 'refused', reason: refusal.reason };
  }
  await removeQuarantined(tx, held.id);
  record({ action: 'quarantine.retry', objectId: id, details: { gatewayId: held.gatewayId, reason: held.reason, record: held.record } });
  return { id, outcome: 'stored', reason: null };
}

/**
 * Gives a record up for good: nobody is charged for it. The audit log keeps what it said.
 * @throws ProblemError NOT_FOUND when there is no such record
 */
export async function discardQuarantined({ tx, record }: RecordWrite, id: string): Promise<QuarantineOutcome> {
  const held = await hold(tx, id);
  await removeQuarantined(tx, held.id);
  record({ action: 'quarantine.discard', objectId: id, details: { gatewayId: held.gatewayId, reason: held.reason, record: held.record } });
  return { id, outcome: 'discarded', reason: null };
}

async function hold(tx: Transaction<Tables>, id: string): Promise<HeldRecord> {
  const held = /^[1-9]\d{0,14}$/.test(id) ? await holdQuarantined(tx, Number(id)) : null;
  if (held === null) throw notFound('quarantined record');
  return held;
}

/** Why a record can't be stored. */
type Refusal = Pick<HeldRecord, 'reason' | 'sqlstate'>;

const NO_RECORD: Refusal = { reason: 'it is not a usage record of this product', sqlstate: null };
const DUPLICATE = '23505';

/** Tries to store a record. @returns why it can't be stored; null: it is */
async function refusalOf(tx: Transaction<Tables>, held: HeldRecord): Promise<Refusal | null> {
  const { gatewayId, reason, sqlstate, record, leaseClosed } = held;
  // It was stored before. Once retention has dropped that event's day nothing would refuse it a
  // second time.
  if (sqlstate === DUPLICATE) return { reason, sqlstate };
  const chunk = chunkOf(record);
  if (chunk === null) return NO_RECORD;
  await sql`savepoint record`.execute(tx);
  try {
    await storeChunk(tx, gatewayId, chunk, leaseClosed);
    await sql`release savepoint record`.execute(tx);
    return null;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await sql`rollback to savepoint record`.execute(tx);
    return { reason: (error as Error).message, sqlstate: sqlstateOf(error) };
  }
}

const NOTHING: Chunk = { events: [], streamEnds: [], refusals: [] };

/** Fields that are texts, by the kind of record; numbers are checked where a chunk is stored. */
const EVENT_TEXTS = ['entitlementId', 'periodId', 'keyId', 'api', 'method', 'route', 'requestId'];
const REFUSAL_TEXTS = ['entitlementId', 'keyId', 'code'];

/**
 * What a quarantined record is, as the chunk that would store it; null when it is nothing that the
 * product writes.
 */
export function chunkOf(record: unknown): Chunk | null {
  if (typeof record !== 'object' || record === null) return null;
  const fields = record as Record<string, unknown>;
  const hasTexts = (names: string[]) => names.every((name) => typeof fields[name] === 'string');
  if (hasTexts(EVENT_TEXTS) && (fields.consumerId === null || typeof fields.consumerId === 'string'))
    return { ...NOTHING, events: [fields as never] };
  if (hasTexts(REFUSAL_TEXTS)) return { ...NOTHING, refusals: [fields as never] };
  if (fields.outcome === 'complete' || fields.outcome === 'aborted') return { ...NOTHING, streamEnds: [fields as never] };
  return null;
}
