import type { StreamEnd, UsageBatch, UsageEvent } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { Closing } from '../../quota/lease-store.ts';
import type { Tables } from '../../store/tables.ts';
import { aggregate, groupEvents, type StoredEvent } from './aggregate.ts';
import { restoreLostPeriods } from './lost-periods.ts';
import { addRefusals, addToLedger, addToRollup, completeEvents, insertEvents, settle } from './sink-store.ts';

/** Records to store together. */
export type Chunk = Pick<UsageBatch, 'events' | 'streamEnds' | 'refusals'>;

/**
 * A record with invalid numbers. The database would accept some of them (NaN, a negative cost),
 * which would corrupt every sum.
 */
export class UnsoundRecordError extends Error {
  override name = 'UnsoundRecordError';
}

/**
 * Stores a chunk in the caller's transaction. Quotas are updated last, so that calls waiting for a
 * lease are blocked for a few milliseconds at most.
 * @param leaseClosed how the lease of a late record was closed. null: it is open, and leased units
 * become settled. `released`: units settle without reducing a newer lease. `spent`: they are
 * already settled.
 */
export async function storeChunk(
  tx: Transaction<Tables>,
  gatewayId: string,
  chunk: Chunk,
  leaseClosed: Closing | null = null,
): Promise<void> {
  refuseUnsound(chunk);
  const { events, earlierEnds } = completeInBatch(chunk);
  const lines = [];
  for (const part of parts(events)) {
    const grouped = groupEvents(part);
    await insertEvents(tx, gatewayId, { events: part, ...grouped });
    for (const line of grouped.lines) lines.push(line);
  }
  const completions = await completeEvents(tx, gatewayId, earlierEnds);
  const { ledger, minutes, hours, days, settlements } = aggregate(lines, completions);
  for (const part of parts(ledger)) await addToLedger(tx, part);
  for (const part of parts(minutes)) await addToRollup(tx, 'usage_minutes', part);
  for (const part of parts(hours)) await addToRollup(tx, 'usage_hours', part);
  for (const part of parts(days)) await addToRollup(tx, 'usage_days', part);
  await addRefusals(tx, chunk.refusals);
  if (leaseClosed === 'spent') return;
  const holder = leaseClosed === null ? gatewayId : null;
  const lost = await settle(tx, holder, settlements);
  if (lost.length > 0) await settle(tx, holder, await restoreLostPeriods(tx, { lost, lines }));
}

/** Rows per statement. Calls in the same process are served between statements. */
const PART = 2_000;

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += PART) yield rows.length <= PART ? rows : rows.slice(from, from + PART);
}

/** The records of `chunk` after those of `prefix`. */
export const restOf = (chunk: Chunk, prefix: Chunk): Chunk => ({
  events: chunk.events.slice(prefix.events.length),
  streamEnds: chunk.streamEnds.slice(prefix.streamEnds.length),
  refusals: chunk.refusals.slice(prefix.refusals.length),
});

/** Merges stream ends into the events of the same chunk. `earlierEnds` belong to earlier chunks. */
function completeInBatch({ events, streamEnds }: Chunk): { events: StoredEvent[]; earlierEnds: StreamEnd[] } {
  if (streamEnds.length === 0) return { events, earlierEnds: [] };
  const ends = new Map(streamEnds.map((end) => [`${end.epoch}-${end.sequence}`, end]));
  const completed = events.map((event): StoredEvent => {
    const name = `${event.epoch}-${event.sequence}`;
    const end = ends.get(name);
    if (!end) return event;
    ends.delete(name);
    return { ...event, responseBytes: end.responseBytes, durationMs: end.durationMs, outcome: end.outcome };
  });
  return { events: completed, earlierEnds: [...ends.values()] };
}

function refuseUnsound({ events, streamEnds, refusals }: Chunk): void {
  for (const event of events) if (!isSound(event)) throw new UnsoundRecordError('the event has an invalid number');
  for (const end of streamEnds) {
    const sound = isTime(end.ts) && isCount(end.sequence) && isCount(end.responseBytes) && Number.isFinite(end.durationMs);
    if (!sound) throw new UnsoundRecordError('the stream end has an invalid number');
  }
  for (const { minute, count } of refusals)
    if (!isTime(minute) || !isCount(count)) throw new UnsoundRecordError('the refusals have an invalid number');
}

const isSound = ({ ts, sequence, status, cost, requestBytes, responseBytes, durationMs }: UsageEvent): boolean =>
  isTime(ts) && Number.isFinite(durationMs) && [sequence, status, cost, requestBytes, responseBytes].every(isCount);

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** The years 1970 to 9999 in ms, which both Date and Postgres can represent. */
const isTime = (value: number): boolean => value >= 0 && value < 253_402_300_800_000;
