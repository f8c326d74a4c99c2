import type { Action } from '../packs/actions/action.ts';
import { encodeResult, type HeavyResult } from './result.ts';

/** A running heavy action. */
export interface HeavyJob {
  /** Rejects with ProblemError OVERLOADED if it was not run, or with the error of the action. */
  readonly done: Promise<HeavyResult>;
  /**
   * The client disconnected: work that has not started is dropped, and `done` rejects with
   * BAD_REQUEST.
   */
  cancel(): void;
}

export interface HeavyRunner {
  start(action: Action, payload: unknown): HeavyJob;
  /** Stops the threads. Unfinished jobs reject. */
  close(): Promise<void>;
}

/** Runs heavy actions on the calling thread: in tests, and when the product runs from source. */
export const inThisThread: HeavyRunner = {
  start: (action, payload) => ({
    done: Promise.resolve().then(async () => encodeResult(await action.run(payload as never))),
    cancel: () => {},
  }),
  close: async () => {},
};
