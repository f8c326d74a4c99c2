/** Work that is asked for again and again, and runs once at a time. */
export interface Repeated {
  /** Runs it; who asks while it runs gets another run after that one. Resolves when the run that was asked for is through. Never rejects. */
  start(): Promise<void>;
  /** The run under way. */
  running(): Promise<void> | null;
}

export interface Repeating {
  work: () => Promise<void>;
  /** No run begins any more. */
  stopped: () => boolean;
  /** Hears of a run that failed; another one that was asked for meanwhile is then left to who asks next. */
  onFailure: (error: unknown) => void;
}

export function repeated({ work, stopped, onFailure }: Repeating): Repeated {
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
    // In the same turn as the decision to end: a start that comes in between would be lost.
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
