import { testClock } from '../objects/account.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { nextDue } from './due.ts';

/** More steps than this in one advance mean an endless loop. */
const maxSteps = 100_000;

export type Engine = {
  runtime: Runtime;
  /** Runs everything that is due. */
  catchUp(): void;
  /** Call after a change of state: the next due step is determined again. */
  changed(): void;
  /**
   * Moves the clock and runs everything that is due on the way, in order. Returns the sandbox time
   * in seconds.
   */
  advance(seconds: number): number;
};

/** Runs each scheduled step at its own sandbox time, which its events then have. */
export function createEngine(options: Omit<RuntimeOptions, 'moment'>): Engine {
  let moment: number | null = null;
  /** Nothing is due before this time; null: unknown. Saves a scan of all objects per request. */
  let quietUntil: number | null = null;
  const runtime = createRuntime({ ...options, moment: () => moment });
  const runUntil = (until: number) => {
    try {
      for (let step = 0; ; step += 1) {
        if (quietUntil !== null && quietUntil > until) return;
        const due = nextDue(runtime);
        quietUntil = due?.at ?? Number.POSITIVE_INFINITY;
        if (!due || due.at > until) return;
        if (step > maxSteps) throw new Error('The scheduled steps of the sandbox do not end.');
        moment = due.at;
        due.run();
        quietUntil = null;
      }
    } finally {
      moment = null;
    }
  };
  return {
    runtime,
    catchUp: () => runUntil(runtime.now()),
    changed() {
      quietUntil = null;
    },
    advance(seconds) {
      runUntil(runtime.now() + seconds);
      runtime.state.advancedSeconds += seconds;
      runtime.emit('test_helpers.test_clock.ready', testClock(runtime));
      return runtime.now();
    },
  };
}
