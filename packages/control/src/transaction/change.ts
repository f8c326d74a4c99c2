import { ProblemError, type SnapshotMark } from '@api-factory/core';
import type { Transaction } from 'kysely';
import type { Context } from '../context.ts';
import { readStamped } from '../snapshot.ts';
import { isDatabaseUnavailable } from '../store/errors.ts';
import type { Tables } from '../store/tables.ts';
import { type Effect, notifyGateway } from './notify-gateway.ts';
import { insertAuditEntries, nextSnapshotVersion, wasCommitted } from './store.ts';

/**
 * Who makes a change: the id of an operator key, `env` for the one from the environment, `system`
 * for the product itself.
 */
export interface Actor {
  id: string;
  requestId: string | null;
}

export const SYSTEM: Actor = { id: 'system', requestId: null };

/** One action on one object. `details` never contains a secret. */
export interface Entry {
  /** `<objectType>.<verb>`, for example `key.revoke`. */
  action: string;
  objectId: string;
  details?: Record<string, unknown>;
}

/** The open transaction of one change. */
export interface RecordWrite {
  readonly context: Context;
  readonly tx: Transaction<Tables>;
  readonly actor: Actor;
  /** Time of the change, written into every row that it creates or updates. */
  readonly at: Date;
  /** Adds an audit entry. No entry means that nothing changed. */
  readonly record: (entry: Entry) => void;
}

/** Whether this change restricts access now, or finds that an earlier one did already. */
export type RestrictionTime = 'now' | 'already';

/** A change that the guard sees. */
export interface Write extends RecordWrite {
  /** The next snapshot version, stamped on every plan version, entitlement and key that changes. */
  readonly version: number;
  /**
   * Declares that access is restricted: the response reports success only once the gateway enforces
   * it.
   * @param what the first sentence of the error if that fails, without full stop: “Key key_1 was
   *   revoked”
   * @param when `already` when an earlier change did it: the gateway may have missed that one, and
   *   reads the database
   */
  readonly restricts: (what: string, when?: RestrictionTime) => void;
  /**
   * Declares that the response contains a secret that can’t be read again: it is returned even if
   * the gateway could not be notified.
   */
  readonly returnsSecret: () => void;
}

/**
 * Runs a change that the guard sees, with its audit entries, in one transaction. The snapshot
 * version is taken first; its row lock orders these changes, so a gateway at version v finds
 * everything newer by `snapshot_version > v`. The rows that the change wrote are read before its
 * commit and sent to the gateway after it: once this resolves, the next call sees the change.
 * @throws ProblemError CHANGE_NOT_IN_EFFECT when a restriction is committed but the gateway could
 *   not be notified; OUTCOME_UNKNOWN when the connection was lost at the commit and its outcome
 *   can’t be determined
 */
export async function change<T>(context: Context, actor: Actor, work: (write: Write) => Promise<T>): Promise<T> {
  const effect: Effect = { restriction: null, alreadyRestricted: false, returnsSecret: false, bySystem: actor.id === SYSTEM.id };
  const restricts = (what: string, when: RestrictionTime = 'now') => {
    effect.restriction ??= what;
    effect.alreadyRestricted ||= when === 'already';
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
 * Runs a change that the guard does not see (a name, an email address), with its audit entries, in
 * one transaction.
 * @throws ProblemError OUTCOME_UNKNOWN when the connection was lost at the commit
 */
export const changeRecord = async <T>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>): Promise<T> =>
  (await transact(context, actor, async (write) => ({ result: await work(write), mark: null }))).result;

/** `mark` identifies the change in the database; null when it has no version. */
interface Committable {
  mark: SnapshotMark | null;
}

async function transact<T extends Committable>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>): Promise<T> {
  let done: T | undefined;
  try {
    return await context.db.transaction().execute(async (tx) => {
      const entries: Entry[] = [];
      const at = new Date(context.clock.now());
      const result = await work({ context, tx, actor, at, record: (entry) => void entries.push(entry) });
      if (entries.length > 0) await insertAuditEntries(tx, { actor, at, entries });
      done = result;
      return result;
    });
  } catch (error) {
    // Failed before the commit was sent, or refused by the server: nothing is stored.
    if (done === undefined || !isDatabaseUnavailable(error)) throw error;
    if (await isStored(context, done.mark, error)) return done;
    throw error;
  }
}

/**
 * Whether a change is stored whose commit got no answer. @throws ProblemError OUTCOME_UNKNOWN when
 * that can’t be determined
 */
async function isStored(context: Context, mark: SnapshotMark | null, cause: unknown): Promise<boolean> {
  context.log.warn({ err: cause }, 'the connection to the database was lost while a change was being committed');
  try {
    if (mark !== null) return await wasCommitted(context.db, mark);
  } catch (error) {
    context.log.warn({ err: error }, 'the database could not say whether the change was committed');
  }
  throw new ProblemError('OUTCOME_UNKNOWN', { retryAfterSeconds: 1 });
}
