import { expect, test } from 'vitest';
import { coalesced } from './coalesced.ts';

test('a request at any moment while a run ends starts one more run', async () => {
  for (let later = 0; later < 10; later += 1) {
    let runs = 0;
    let requested: Promise<void> = Promise.resolve();
    const work = coalesced({
      work: async () => {
        runs += 1;
        if (runs === 1) requested = requestAfter(later);
      },
      stopped: () => false,
      onFailure: () => {},
    });
    const requestAfter = async (turns: number) => {
      for (let turn = 0; turn < turns; turn += 1) await null;
      await work.start();
    };
    await work.start();
    await requested;
    expect([later, runs, work.running()]).toEqual([later, 2, null]);
  }
});

test('work that throws synchronously runs again when requested again', async () => {
  const failures: unknown[] = [];
  const work = coalesced({
    work: () => {
      throw new Error('at once');
    },
    stopped: () => false,
    onFailure: (error) => failures.push(error),
  });
  await work.start();
  await work.start();
  expect([failures.length, work.running()]).toEqual([2, null]);
});
