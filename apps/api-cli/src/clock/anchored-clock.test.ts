import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { AnchoredClock, machineTime, sharedClock } from './anchored-clock.ts';

const START = Date.UTC(2026, 5, 1);

/** A machine whose wall clock a test sets. */
function aMachine() {
  let passed = 5_000;
  let offset = START - passed;
  return {
    time: { wall: () => passed + offset, monotonic: () => passed },
    pass: (ms: number) => {
      passed += ms;
    },
    setWall: (byMs: number) => {
      offset += byMs;
    },
  };
}

test('the clock starts at wall time and advances with monotonic time', () => {
  const machine = aMachine();
  const clock = new AnchoredClock(machine.time);
  expect(clock.now()).toBe(START);
  machine.pass(1_500.25);
  expect(clock.now()).toBe(START + 1_500.25);
});

test('a wall clock set forward is followed at the next check, in every thread', () => {
  const machine = aMachine();
  const clock = new AnchoredClock(machine.time);
  const other = sharedClock(clock.shared, machine.time);
  machine.setWall(3 * 86_400_000);
  clock.look();
  expect([clock.now(), other.now()]).toEqual([START + 3 * 86_400_000, START + 3 * 86_400_000]);
});

test('a wall clock set back does not turn back the time of any thread', () => {
  const machine = aMachine();
  const clock = new AnchoredClock(machine.time);
  const other = sharedClock(clock.shared, machine.time);
  machine.setWall(-3_600_000);
  clock.look();
  expect([clock.now(), other.now()]).toEqual([START, START]);
  machine.pass(10);
  expect([clock.now(), other.now()]).toEqual([START + 10, START + 10]);
});

test('drift of up to a second is ignored, more is followed', () => {
  const machine = aMachine();
  const clock = new AnchoredClock(machine.time);
  machine.setWall(1_000);
  clock.look();
  expect(clock.now()).toBe(START);
  machine.setWall(1);
  clock.look();
  expect(clock.now()).toBe(START + 1_001);
});

test('two threads agree after a step, although performance.now differs between them', async () => {
  let stepMs = 0;
  const time = { ...machineTime(), wall: () => Date.now() + stepMs };
  const clock = new AnchoredClock(time);
  stepMs = 7 * 86_400_000;
  clock.look();
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import('tsx/esm/api').then(({ tsImport }) => tsImport(workerData.module, workerData.module)).then(({ sharedClock }) => {
      const clock = sharedClock(workerData.shared);
      parentPort.on('message', () => parentPort.postMessage(clock.now()));
    });`;
  const module = new URL('./anchored-clock.ts', import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: { module, shared: clock.shared } });
  try {
    const before = clock.now();
    worker.postMessage('now');
    const [there] = (await once(worker, 'message')) as [number];
    expect(there).toBeGreaterThanOrEqual(before);
    expect(there).toBeLessThanOrEqual(clock.now());
  } finally {
    await worker.terminate();
  }
});
