import type { Committed, UsageBatch, UsageSink } from '@api-factory/core';
import type { Database } from '../../store/database.ts';
import { type Chunk, restOf, storeChunk } from './chunk.ts';
import { committedCursor, installationId, moveCursor, registerStart, resumeStart, type Writer } from './gateway-store.ts';
import { isDataError, type Quarantined, storeOrQuarantine } from './quarantine.ts';

type Tx = Parameters<typeof moveCursor>[0];

/**
 * The spool belongs to another installation than the database, so its events must not be stored
 * there.
 */
export class InstallationMismatchError extends Error {
  override name = 'InstallationMismatchError';
}

/** Another start of this gateway owns the spool: this one must neither ship nor serve. */
export class SupersededError extends Error {
  override name = 'SupersededError';
}

/** The batch does not start at the database's cursor. */
class StaleCursorError extends Error {
  override name = 'StaleCursorError';
}

/** A registered start. */
export interface Start {
  epoch: number;
  installationId: string;
  bootId: string;
}

export interface UsageSinkOptions {
  gatewayId: string;
  /** The start that commits belong to; by default the one of `open`. */
  start?: Start;
  /** Called for each quarantined record. */
  onQuarantine?: (record: Quarantined) => void;
  /** Called once, when another start of the gateway has taken over. */
  onSuperseded?: (error: SupersededError) => void;
}

interface SinkState {
  writer: Writer;
  start: Start;
  onQuarantine: (record: Quarantined) => void;
  onSuperseded: (error: SupersededError) => void;
  /** A batch whose commit was not confirmed: it may or may not be stored. */
  unanswered: UsageBatch | null;
}

const NO_START: Start = { epoch: 0, installationId: '', bootId: '' };

/**
 * Writes the usage of one gateway, one batch at a time. Lock order: cursor, ledger, roll-ups,
 * refusals, quotas, leases.
 */
export function createUsageSink(db: Database, options: UsageSinkOptions): UsageSink {
  const { gatewayId, start = NO_START, onQuarantine = () => {}, onSuperseded = () => {} } = options;
  const state: SinkState = { writer: { gatewayId, epoch: start.epoch }, start, onQuarantine, onSuperseded, unanswered: null };
  return {
    open: async (request) => {
      const opened = await open(db, request);
      state.writer = { gatewayId: request.gatewayId, epoch: opened.epoch };
      state.start = { epoch: opened.epoch, installationId: opened.installationId, bootId: request.bootId };
      state.unanswered = null;
      return opened;
    },
    commit: (batch) => commit(db, state, batch),
  };
}

function open(db: Database, start: Parameters<UsageSink['open']>[0]): ReturnType<UsageSink['open']> {
  return db.transaction().execute(async (tx) => {
    const known = await sameInstallation(tx, start.installationId);
    const { epoch, cursor, bootIdBefore } = await registerStart(tx, start);
    return { epoch, cursor, installationId: known, rebooted: bootIdBefore !== null && bootIdBefore !== start.bootId };
  });
}

/**
 * The database's installation. `ofSpool` is null while the spool belongs to none.
 * @throws InstallationMismatchError
 */
async function sameInstallation(tx: Tx, ofSpool: string | null): Promise<string> {
  const known = await installationId(tx);
  if (ofSpool === null || ofSpool === known) return known;
  throw new InstallationMismatchError(
    `the spool belongs to installation ${ofSpool}, the database is installation ${known}; use the database that the spool was written for`,
  );
}

async function commit(db: Database, state: SinkState, batch: UsageBatch): Promise<Committed> {
  const rest = state.unanswered ? await withoutCommitted(db, state, state.unanswered, batch) : batch;
  state.unanswered = null;
  try {
    if (rest) await store(db, state, rest);
    return { cursor: batch.to, rewound: false };
  } catch (error) {
    if (error instanceof StaleCursorError) return resume(db, state, batch);
    state.unanswered = rest;
    throw error;
  }
}

/** Determines the database's position when it is not the expected one. */
async function resume(db: Database, state: SinkState, { from }: UsageBatch): Promise<Committed> {
  const { writer, start } = state;
  const { epoch, cursor } = await db.transaction().execute(async (tx) => {
    await sameInstallation(tx, start.installationId);
    return resumeStart(tx, writer, start.bootId);
  });
  if (epoch <= writer.epoch) return { cursor, rewound: epoch < writer.epoch || cursor < from };
  const error = new SupersededError(`start ${epoch} of gateway ${writer.gatewayId} took over the spool; this is start ${writer.epoch}`);
  state.onSuperseded(error);
  state.onSuperseded = () => {};
  throw error;
}

/**
 * The part of a batch that is not stored yet, after the commit of an earlier one was not confirmed.
 * Both were read from the same offset of an append-only file, so the earlier one is a prefix of
 * this one. Null when nothing is left.
 */
async function withoutCommitted(db: Database, state: SinkState, earlier: UsageBatch, batch: UsageBatch): Promise<UsageBatch | null> {
  const cursor = await db.transaction().execute((tx) => committedCursor(tx, state.writer));
  if (batch.from !== earlier.from || cursor !== earlier.to || batch.to < earlier.to) return batch;
  return batch.to === earlier.to ? null : { from: earlier.to, to: batch.to, ...restOf(batch, earlier) };
}

async function store(db: Database, state: SinkState, batch: UsageBatch): Promise<void> {
  try {
    await storeWith(db, state, batch, (tx, chunk) => storeChunk(tx, state.writer.gatewayId, chunk));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const quarantined: Quarantined[] = [];
    await storeWith(db, state, batch, (tx, chunk) => storeOrQuarantine(tx, { gatewayId: state.writer.gatewayId, chunk, quarantined }));
    for (const record of quarantined) state.onQuarantine(record);
  }
}

function storeWith(db: Database, { writer }: SinkState, batch: UsageBatch, work: (tx: Tx, chunk: Chunk) => Promise<void>): Promise<void> {
  return db.transaction().execute(async (tx) => {
    if (!(await moveCursor(tx, writer, batch))) throw new StaleCursorError(`the database’s cursor is not ${batch.from} for this start`);
    await work(tx, batch);
  });
}
