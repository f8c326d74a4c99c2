import { ProblemError, type SnapshotMark } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { Context } from '../context.ts';
import { readStamped } from '../snapshot.ts';
import { isDatabaseUnavailable } from '../store/errors.ts';
import type { Tables } from '../store/tables.ts';
import { type Effect, notifyGateway } from './notify-gateway.ts';
import { insertAuditEntries, nextSnapshotVersion, wasCommitted } from './store.ts';

/** Who asks for a change: the id of an operator key, `env` for the one from the environment, `system` for the product itself. */
export interface Actor {
  id: string;
  requestId: string | null;
}

export const SYSTEM: Actor = { id: 'system', requestId: null };

/** One thing that was done to one object. `details` never holds a secret. */
export interface Entry {
  /** `<objectType>.<verb>`, for example `key.revoke`. */
  action: string;
  objectId: string;
  details?: Record<string, unknown>;
}

/** An open transaction of one change. */
export interface RecordWrite {
  readonly context: Context;
  readonly tx: Transaction<Tables>;
  readonly actor: Actor;
  /** The time of the change: written into every row that it makes. */
  readonly at: Date;
  /** Notes what was done. Nothing noted means that nothing changed. */
  readonly record: (entry: Entry) => void;
}

/** Whether this change takes something away, or finds that an earlier one did. */
export type Taking = 'now' | 'already';

/** A change that the guard sees. */
export interface Write extends RecordWrite {
  /** The next snapshot version: stamped on every plan version, entitlement and key that changes. */
  readonly version: number;
  /**
   * Declares that somebody may do less after this change, or was to do less already. Its answer is a success only once the gateway refuses.
   * @param was `already` when an earlier change did it: the gateway may never have been handed that one, and reads the database
   * @param what the sentence that a failure begins with, without its full stop: “The key key_1 is revoked”
   */
  readonly restricts: (what: string, was?: Taking) => void;
  /** Declares that the answer holds what nobody can read again: it is given even when the gateway was not told. */
  readonly returnsSecret: () => void;
}

/**
 * Runs a change that the guard sees, with its audit entries, in one transaction: all of it is committed or nothing.
 * The snapshot version is restriction first; its row lock orders these changes, so a gateway that has version v finds all
 * that it lacks by `snapshot_version > v`. The rows that the change wrote are read before its commit and handed to the gateway
 * after it: when this resolves, the next call is judged by the change.
 * @throws ProblemError CHANGE_NOT_IN_EFFECT when it takes something away, is committed, and the gateway could not be told;
 * OUTCOME_UNKNOWN when the connection was lost at the commit and the database can’t say whether it happened
 */
export async function change<T>(context: Context, actor: Actor, work: (write: Write) => Promise<T>): Promise<T> {
  const effect: Effect = { restriction: null, alreadyRestricted: false, returnsSecret: false, bySystem: actor.id === SYSTEM.id };
  const restricts = (what: string, was: Taking = 'now') => {
    effect.restriction ??= what;
    effect.alreadyRestricted ||= was === 'already';
  };
  const returnsSecret = () => {
    effect.returnsSecret = true;
  };
  const { result, rows } = await transact(context, actor, async (write) => {
    const mark = await nextSnapshotVersion(write.tx);
    const result = await work({ ...write, version: mark.version, restricts, returnsSecret });
    const rows = await readStamped(write.tx, mark, { keyMode: context.keyMode, billingMode: context.billing?.mode ?? null });
    return { result, rows, mark };
  });
  if (rows.keys.length > 0 || rows.entitlements.length > 0 || effect.restriction !== null) await notifyGateway(context, rows, effect);
  return result;
}

/**
 * Runs a change that only people see (a name, an address), with its audit entries, in one transaction.
 * @throws ProblemError OUTCOME_UNKNOWN when the connection was lost at the commit
 */
export const changeRecord = async <T>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>): Promise<T> =>
  (await transact(context, actor, async (write) => ({ result: await work(write), mark: null }))).result;

/** `mark` names the change in the database; null when it has no version. */
interface Done {
  mark: SnapshotMark | null;
}

async function transact<T extends Done>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>): Promise<T> {
  let done: T | undefined;
  try {
    return await context.db.transaction().execute(async (tx) => {
      const entries: Entry[] = [];
      const at = new Date(context.clock.now());
      const worked = await work({ context, tx, actor, at, record: (entry) => void entries.push(entry) });
      if (entries.length > 0) await insertAuditEntries(tx, { actor, at, entries });
      done = worked;
      return worked;
    });
  } catch (error) {
    // Before the commit was sent, or refused by the server: nothing is stored.
    if (done === undefined || !isDatabaseUnavailable(error)) throw error;
    if (await isStored(context, done.mark, error)) return done;
    throw error;
  }
}

/** What became of a change whose commit was not answered. @throws ProblemError OUTCOME_UNKNOWN when the database can’t say */
async function isStored(context: Context, mark: SnapshotMark | null, cause: unknown): Promise<boolean> {
  context.log.warn({ err: cause }, 'the connection to the database was lost while a change was being committed');
  try {
    if (mark !== null) return await wasCommitted(context.db, mark);
  } catch (error) {
    context.log.warn({ err: error }, 'the database could not say whether the change was committed');
  }
  throw new ProblemError('OUTCOME_UNKNOWN', { retryAfterSeconds: 1 });
}
