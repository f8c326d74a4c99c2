import { ProblemError, type SnapshotChange } from '@api-factory/core';
import type { Context } from '../context.ts';

/** What a change declares about its effect. */
export interface Effect {
  /** What is restricted, as a sentence without full stop; null when nothing is. */
  restriction: string | null;
  /**
   * An earlier change made the restriction, or may have. The gateway may have missed that change,
   * for example when its commit got no answer, and the rows of this one don’t contain it.
   */
  alreadyRestricted: boolean;
  /** The response contains a secret that can’t be read again, such as a new key. */
  returnsSecret: boolean;
  /** Made by the product itself: nobody reads the response. */
  bySystem: boolean;
}

/**
 * Sends a committed change to the gateway, which also reads the database when an earlier
 * restriction must be in effect. A gateway that could not be notified finds the change at its next
 * poll. Only restrictions report that as an error; a response with a new key is never lost.
 * @throws ProblemError CHANGE_NOT_IN_EFFECT
 */
export async function notifyGateway(context: Context, rows: SnapshotChange, effect: Effect): Promise<void> {
  try {
    await context.changed(rows);
    if (effect.alreadyRestricted && !effect.bySystem) await context.catchUp();
  } catch (error) {
    context.log.error(
      { err: error, version: rows.version },
      'the gateway could not be notified of a committed change; it will find it at its next poll',
    );
    if (effect.restriction === null || effect.returnsSecret || effect.bySystem) return;
    const boundSeconds = context.snapshotMaxAgeSeconds;
    throw new ProblemError('CHANGE_NOT_IN_EFFECT', {
      detail: `${effect.restriction} in the database, but the gateway could not be notified. It applies the change when it next reads the database, which it tries every second, and refuses all calls if that fails for ${boundSeconds} s.`,
      details: { stored: true, boundSeconds },
      retryAfterSeconds: 1,
    });
  }
}
