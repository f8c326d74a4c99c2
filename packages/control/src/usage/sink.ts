import type { Database } from '../store/database.ts';
import type { UsageBatch } from './model.ts';
import { type Piece, restOf, storePiece } from './piece.ts';
import { isDataError, type Quarantined, storeAround } from './quarantine.ts';
import { committedCursor, installationId, moveCursor, registerStart, type Writer } from './sink-store.ts';

/** The spool belongs to another installation than the database: its events would be booked to strangers. */
export class InstallationMismatchError extends Error {
  override name = 'InstallationMismatchError';
}

/** The batch doesn't begin where the database stands: it is committed already, or another start of this gateway took over. */
export class StaleCursorError extends Error {
  override name = 'StaleCursorError';
}

export interface UsageSinkOptions {
  gatewayId: string;
  /** The start that commits belong to; a sink that is opened gets it from there. */
  epoch?: number;
  /** Hears of each record that can't be stored and was put aside. */
  onQuarantine?: (record: Quarantined) => void;
}

export interface UsageSink {
  /**
   * Registers a start of the gateway: the epoch counts starts, `cursor` is the spool offset up to which all is committed.
   * `rebooted`: the host was started anew since the last start, so the spool may lack its last moments. The epoch is above `afterEpoch`.
   * @throws InstallationMismatchError for a spool of another installation
   */
  open(start: {
    gatewayId: string;
    installationId: string | null;
    bootId: string;
    afterEpoch?: number;
  }): Promise<{ epoch: number; cursor: number; installationId: string; rebooted: boolean }>;
  /**
   * Stores a batch in one transaction: cursor, events, ledger, roll-ups, refusals, settlement. A record that the database
   * refuses goes to quarantine and the rest is stored.
   * @throws StaleCursorError when the cursor isn't at `from`; a fault of the connection as it comes, then `commit` again
   */
  commit(batch: UsageBatch): Promise<void>;
}

interface SinkState {
  writer: Writer;
  onQuarantine: (record: Quarantined) => void;
  /** A batch whose commit got no answer: it may be stored or not. */
  unanswered: UsageBatch | null;
}

/** Writes the usage of one gateway. One batch at a time; the lock order is cursor, ledger, roll-ups, refusals, quotas, leases. */
export function createUsageSink(db: Database, { gatewayId, epoch = 0, onQuarantine = () => {} }: UsageSinkOptions): UsageSink {
  const state: SinkState = { writer: { gatewayId, epoch }, onQuarantine, unanswered: null };
  return {
    open: async (start) => {
      const opened = await open(db, start);
      state.writer = { gatewayId: start.gatewayId, epoch: opened.epoch };
      state.unanswered = null;
      return opened;
    },
    commit: (batch) => commit(db, state, batch),
  };
}

function open(db: Database, start: Parameters<UsageSink['open']>[0]): ReturnType<UsageSink['open']> {
  return db.transaction().execute(async (tx) => {
    const known = await installationId(tx);
    if (start.installationId !== null && start.installationId !== known) {
      throw new InstallationMismatchError(
        `the spool belongs to installation ${start.installationId}, the database is installation ${known}; use the database that the spool was written for`,
      );
    }
    const { epoch, cursor, bootIdBefore } = await registerStart(tx, start);
    return { epoch, cursor, installationId: known, rebooted: bootIdBefore !== null && bootIdBefore !== start.bootId };
  });
}

async function commit(db: Database, state: SinkState, batch: UsageBatch): Promise<void> {
  const rest = state.unanswered ? await withoutCommitted(db, state, state.unanswered, batch) : batch;
  state.unanswered = null;
  if (!rest) return;
  try {
    await store(db, state, rest);
  } catch (error) {
    if (!(error instanceof StaleCursorError)) state.unanswered = rest;
    throw error;
  }
}

/**
 * What of a batch is not stored yet after an earlier one got no answer. Both were read from the same offset of a file that
 * only grows, so the earlier one is the beginning of this one. Null when nothing is left.
 */
async function withoutCommitted(db: Database, state: SinkState, earlier: UsageBatch, batch: UsageBatch): Promise<UsageBatch | null> {
  const cursor = await db.transaction().execute((tx) => committedCursor(tx, state.writer));
  if (batch.from !== earlier.from || cursor !== earlier.to || batch.to < earlier.to) return batch;
  return batch.to === earlier.to ? null : { from: earlier.to, to: batch.to, ...restOf(batch, earlier) };
}

async function store(db: Database, state: SinkState, batch: UsageBatch): Promise<void> {
  try {
    await storeWith(db, state, batch, (tx, piece) => storePiece(tx, state.writer.gatewayId, piece));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const quarantined: Quarantined[] = [];
    await storeWith(db, state, batch, (tx, piece) => storeAround(tx, { gatewayId: state.writer.gatewayId, piece, quarantined }));
    for (const record of quarantined) state.onQuarantine(record);
  }
}

function storeWith(
  db: Database,
  { writer }: SinkState,
  batch: UsageBatch,
  work: (tx: Parameters<typeof moveCursor>[0], piece: Piece) => Promise<void>,
): Promise<void> {
  return db.transaction().execute(async (tx) => {
    if (!(await moveCursor(tx, writer, batch))) throw new StaleCursorError(`the database does not stand at ${batch.from} for this start`);
    await work(tx, batch);
  });
}
