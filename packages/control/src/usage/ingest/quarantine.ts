import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import { type Chunk, storeChunk, UnsoundRecordError } from './chunk.ts';
import { insertQuarantine } from './sink-store.ts';

/** A quarantined record and the reason. */
export interface Quarantined {
  record: object;
  reason: string;
}

/**
 * Whether an error is caused by the data and would repeat: SQLSTATE classes 22 (data exception), 23
 * (integrity constraint) and 54 (program limit). All others (a lost connection, a full disk, a
 * deadlock) may not repeat.
 */
export function isDataError(error: unknown): boolean {
  if (error instanceof UnsoundRecordError) return true;
  return /^(22|23|54)[0-9A-Z]{3}$/.test(sqlstateOf(error) ?? '');
}

/** The SQLSTATE of a database error; null for other errors. */
export function sqlstateOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** State of the search for bad records. */
interface Search {
  gatewayId: string;
  chunk: Chunk;
  /** Collects the quarantined records. */
  quarantined: Quarantined[];
}

/**
 * Stores a chunk in the caller's transaction, bisecting it to isolate records that the database
 * refuses.
 */
export async function storeOrQuarantine(tx: Transaction<Tables>, { gatewayId, chunk, quarantined }: Search): Promise<void> {
  await sql`savepoint chunk`.execute(tx);
  try {
    await storeChunk(tx, gatewayId, chunk);
    await sql`release savepoint chunk`.execute(tx);
    return;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await sql`rollback to savepoint chunk`.execute(tx);
    await sql`release savepoint chunk`.execute(tx);
    const only = onlyRecord(chunk);
    if (only) {
      const found = { record: only, reason: (error as Error).message };
      await insertQuarantine(tx, gatewayId, { ...found, sqlstate: sqlstateOf(error) });
      quarantined.push(found);
      return;
    }
  }
  for (const half of halves(chunk)) await storeOrQuarantine(tx, { gatewayId, chunk: half, quarantined });
}

const onlyRecord = ({ events, streamEnds, refusals }: Chunk): object | null =>
  events.length + streamEnds.length + refusals.length === 1 ? (events[0] ?? streamEnds[0] ?? refusals[0] ?? null) : null;

/** Events come before the ends of their streams. */
function halves({ events, streamEnds, refusals }: Chunk): [Chunk, Chunk] {
  const middle = Math.ceil((events.length + streamEnds.length + refusals.length) / 2);
  const ends = Math.max(0, middle - events.length);
  const counts = Math.max(0, ends - streamEnds.length);
  return [
    { events: events.slice(0, middle), streamEnds: streamEnds.slice(0, ends), refusals: refusals.slice(0, counts) },
    { events: events.slice(middle), streamEnds: streamEnds.slice(ends), refusals: refusals.slice(counts) },
  ];
}
