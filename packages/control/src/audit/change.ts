import type { Transaction } from 'kysely';
import type { Context } from '../context.ts';
import type { Tables } from '../store/tables.ts';
import { insertEntries, nextSnapshotVersion } from './store.ts';

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
  /** The time of the change: written into every row that it makes. */
  readonly at: Date;
  /** Notes what was done. Nothing noted means that nothing changed. */
  readonly record: (entry: Entry) => void;
}

/** A change that the guard sees. */
export interface Write extends RecordWrite {
  /** The next snapshot version: stamped on every plan version, entitlement and key that changes. */
  readonly version: number;
}

/**
 * Runs a change that the guard sees, with its audit entries, in one transaction: all of it is committed or nothing.
 * The snapshot version is taken first; its row lock orders these changes, so a gateway that has version v finds all
 * that it lacks by `snapshot_version > v`. When this resolves, the next call is judged by the change.
 */
export async function change<T>(context: Context, actor: Actor, work: (write: Write) => Promise<T>): Promise<T> {
  const { result, changed } = await transact(context, actor, async (write) =>
    work({ ...write, version: await nextSnapshotVersion(write.tx) }),
  );
  if (changed) await tellGuard(context);
  return result;
}

/** Runs a change that only people see (a name, an address), with its audit entries, in one transaction. */
export async function changeRecord<T>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>): Promise<T> {
  return (await transact(context, actor, work)).result;
}

async function transact<T>(context: Context, actor: Actor, work: (write: RecordWrite) => Promise<T>) {
  return context.db.transaction().execute(async (tx) => {
    const entries: Entry[] = [];
    const at = new Date(context.clock.now());
    const result = await work({ context, tx, at, record: (entry) => void entries.push(entry) });
    if (entries.length > 0) await insertEntries(tx, { actor, at, entries });
    return { result, changed: entries.length > 0 };
  });
}

/** The change is committed by now. A gateway that was not told finds it when it confirms its snapshot, so the answer stays a success. */
async function tellGuard(context: Context): Promise<void> {
  try {
    await context.changed();
  } catch (error) {
    context.log.error({ err: error }, 'a committed change was not passed on to the gateway; it will find it by itself');
  }
}
