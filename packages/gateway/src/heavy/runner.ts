import type { Action } from '../packs/actions/action.ts';
import { encodeResult, type HeavyResult } from './result.ts';

/** A heavy action under way. */
export interface HeavyJob {
  /** Rejects with ProblemError OVERLOADED when it was not computed, and with what the action threw. */
  readonly done: Promise<HeavyResult>;
  /** The client has left: work that has not begun is dropped, and `done` rejects with BAD_REQUEST. */
  cancel(): void;
}

/** Runs heavy actions. */
export interface HeavyRunner {
  start(action: Action, payload: unknown): HeavyJob;
  /** Ends its threads. Jobs that are not done reject. */
  close(): Promise<void>;
}

/** Runs them on the thread that calls it, where there is no other: in tests, and when the product runs from source. */
export const inThisThread: HeavyRunner = {
  start: (action, payload) => ({
    done: Promise.resolve().then(async () => encodeResult(await action.run(payload as never))),
    cancel: () => {},
  }),
  close: async () => {},
};
