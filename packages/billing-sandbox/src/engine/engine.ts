import { testClock } from '../objects/account.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { nextDue } from './due.ts';

/** More steps in one advance mean an endless loop. */
const mostSteps = 100_000;

export type Engine = {
  runtime: Runtime;
  /** Does everything that is due. */
  catchUp(): void;
  /** The state changed: the next due step must be determined again. */
  changed(): void;
  /**
   * Moves the clock and does everything that is due on the way, in order. Returns the sandbox's now
   * in seconds.
   */
  advance(seconds: number): number;
};

/** Runs scheduled steps at their own time, so that their events carry it. */
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
        if (step > mostSteps) throw new Error('Something in the sandbox is due for ever.');
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
