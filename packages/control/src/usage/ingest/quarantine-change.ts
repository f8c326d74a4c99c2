import { sql, type Transaction } from 'kysely';
import { notFound } from '../../http/errors.ts';
import type { Tables } from '../../store/tables.ts';
import type { RecordWrite } from '../../transaction/change.ts';
import { type Chunk, storeChunk } from './chunk.ts';
import { isDataError, sqlstateOf } from './quarantine.ts';
import { type HeldRecord, holdQuarantined, noteRefusal, removeQuarantined } from './quarantine-store.ts';

/**
 * The outcome for a quarantined record. `refused`: the database still refuses it for `reason`, and
 * it stays in quarantine.
 */
export interface QuarantineOutcome {
  id: string;
  outcome: 'stored' | 'refused' | 'discarded';
  reason: string | null;
}

/**
 * Stores a quarantined record as the shipper would have (event, ledger, roll-ups, settlement) and
 * removes it from quarantine in the same transaction, so a repeated request can't store it twice.
 * @throws ProblemError NOT_FOUND
 */
export async function retryQuarantined({ tx, record }: RecordWrite, id: string): Promise<QuarantineOutcome> {
  const held = await lockRecord(tx, id);
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
 * Discards a record permanently: nobody is charged for it. The audit log keeps its content.
 * @throws ProblemError NOT_FOUND
 */
export async function discardQuarantined({ tx, record }: RecordWrite, id: string): Promise<QuarantineOutcome> {
  const held = await lockRecord(tx, id);
  await removeQuarantined(tx, held.id);
  record({ action: 'quarantine.discard', objectId: id, details: { gatewayId: held.gatewayId, reason: held.reason, record: held.record } });
  return { id, outcome: 'discarded', reason: null };
}

async function lockRecord(tx: Transaction<Tables>, id: string): Promise<HeldRecord> {
  const held = /^[1-9]\d{0,14}$/.test(id) ? await holdQuarantined(tx, Number(id)) : null;
  if (held === null) throw notFound('quarantined record');
  return held;
}

/** Why a record can't be stored. */
type Refusal = Pick<HeldRecord, 'reason' | 'sqlstate'>;

const INVALID_RECORD: Refusal = { reason: 'not a valid usage record', sqlstate: null };
const DUPLICATE = '23505';

/** Tries to store a record. @returns the reason of a refusal; null when it is stored */
async function refusalOf(tx: Transaction<Tables>, held: HeldRecord): Promise<Refusal | null> {
  const { gatewayId, reason, sqlstate, record, leaseClosed } = held;
  // Already stored. Once retention has dropped that day, the database would accept it again.
  if (sqlstate === DUPLICATE) return { reason, sqlstate };
  const chunk = chunkOf(record);
  if (chunk === null) return INVALID_RECORD;
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

const EMPTY: Chunk = { events: [], streamEnds: [], refusals: [] };

/** Text fields by kind of record; numbers are checked when a chunk is stored. */
const EVENT_TEXTS = ['entitlementId', 'periodId', 'keyId', 'api', 'method', 'route', 'requestId'];
const REFUSAL_TEXTS = ['entitlementId', 'keyId', 'code'];

/**
 * Parses a quarantined record into the chunk that stores it; null if the record is invalid.
 */
export function chunkOf(record: unknown): Chunk | null {
  if (typeof record !== 'object' || record === null) return null;
  const fields = record as Record<string, unknown>;
  const hasTexts = (names: string[]) => names.every((name) => typeof fields[name] === 'string');
  if (hasTexts(EVENT_TEXTS) && (fields.consumerId === null || typeof fields.consumerId === 'string'))
    return { ...EMPTY, events: [fields as never] };
  if (hasTexts(REFUSAL_TEXTS)) return { ...EMPTY, refusals: [fields as never] };
  if (fields.outcome === 'complete' || fields.outcome === 'aborted') return { ...EMPTY, streamEnds: [fields as never] };
  return null;
}
