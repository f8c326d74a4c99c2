import { expect, test } from 'vitest';
import { checkClock } from './clock-check.ts';

test('clocks that are 300 s apart pass without a word', () => {
  expect([0, 300_000, -300_000].map(checkClock)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
});

test('a machine whose clock was set back by more is named, and calls are still taken', () => {
  expect(checkClock(300_001)).toEqual({ ok: true, detail: expect.stringMatching(/300 s ahead of .* restart the product/) });
  expect(checkClock(-301_000)).toEqual({ ok: true, detail: expect.stringMatching(/301 s behind/) });
});
