import { ProblemError, type SnapshotChange } from '@api-factory/core';
import type { Context } from '../context.ts';

/** What a change declares about itself. */
export interface Effect {
  /** The sentence on what somebody may no longer do, without its full stop; null when the change takes nothing away. */
  restriction: string | null;
  /**
   * An earlier change took it away, or may have. Whether the gateway was handed that one is not known, as when its commit was not answered; the rows of
   * this one do not tell.
   */
  alreadyRestricted: boolean;
  /** The answer holds what nobody can read again, such as a new key. */
  returnsSecret: boolean;
  /** The product itself makes the change: nobody waits for its answer. */
  bySystem: boolean;
}

/**
 * Hands a committed change to the gateway, which reads the database besides when an earlier change is to be in effect. A gateway that could not be told finds the change when it next confirms its keys. The operator
 * must know of that only when the change takes something away; an answer with a new key in it is never lost.
 * @throws ProblemError CHANGE_NOT_IN_EFFECT
 */
export async function notifyGateway(context: Context, rows: SnapshotChange, effect: Effect): Promise<void> {
  try {
    await context.changed(rows);
    if (effect.alreadyRestricted && !effect.bySystem) await context.catchUp();
  } catch (error) {
    context.log.error(
      { err: error, version: rows.version },
      'a committed change could not be handed to the gateway; it will read it itself',
    );
    if (effect.restriction === null || effect.returnsSecret || effect.bySystem) return;
    const boundSeconds = context.snapshotMaxAgeSeconds;
    throw new ProblemError('CHANGE_NOT_IN_EFFECT', {
      detail: `${effect.restriction} in the database, but the gateway could not be told. It applies the change when it next reads the database, which it tries every second, and refuses all calls when that fails for ${boundSeconds} s.`,
      details: { stored: true, boundSeconds },
      retryAfterSeconds: 1,
    });
  }
}
