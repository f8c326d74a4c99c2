import { Type } from 'typebox';
import { serveHeavyActions } from '../heavy.ts';
import { type Action, defineAction } from '../packs/actions/action.ts';
import { ACTIONS } from '../packs/actions/actions.ts';

/** A thread of the pool with actions that wait for the test or misbehave. */

const heavy = (name: string, run: (payload: never) => unknown): Action =>
  defineAction({ name, summary: name, payload: Type.Any(), cost: 1, heavy: true, run: (payload) => run(payload as never) });

/** Sets cell 0 of the shared array when it runs, then waits for cell 1. */
const wait = heavy('wait', (shared: Int32Array) => {
  Atomics.store(shared, 0, 1);
  Atomics.wait(shared, 1, 0);
  return 'waited';
});
const spin = heavy('spin', () => {
  for (;;);
});
const die = heavy('die', () => process.exit(3));
const grow = heavy('grow', () => {
  const kept: number[][] = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length));
});
const breaks = heavy('breaks', () => {
  throw new Error('broken');
});

serveHeavyActions([...ACTIONS, wait, spin, die, grow, breaks]);
