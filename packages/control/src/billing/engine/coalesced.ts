/** Work that runs once at a time; requests made meanwhile are coalesced into one more run. */
export interface Coalesced {
  /**
   * Starts a run, or requests another one after the current run. Resolves when that run ends. Never
   * rejects.
   */
  start(): Promise<void>;
  /** The current run; null when idle. */
  running(): Promise<void> | null;
}

export interface CoalescedOptions {
  work: () => Promise<void>;
  /** When true, no new run starts. */
  stopped: () => boolean;
  /** Called when a run fails. A run that was requested meanwhile is dropped. */
  onFailure: (error: unknown) => void;
}

export function coalesced({ work, stopped, onFailure }: CoalescedOptions): Coalesced {
  let run: Promise<void> | null = null;
  let again = false;
  const runAll = async () => {
    do {
      again = false;
      try {
        await work();
      } catch (error) {
        onFailure(error);
        break;
      }
    } while (again && !stopped());
    // Synchronously after the last check of `again`: a `start` in between would be lost.
    run = null;
  };
  return {
    running: () => run,
    start: () => {
      if (stopped()) return Promise.resolve();
      if (run !== null) {
        again = true;
        return run;
      }
      run = Promise.resolve().then(runAll);
      return run;
    },
  };
}
