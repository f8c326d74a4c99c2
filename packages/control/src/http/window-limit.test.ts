import { describe, expect, test } from 'vitest';
import { createNetworkLimit, createWindowLimit, useAll } from './window-limit.ts';

const aClock = () => {
  const clock = { ms: 1_000_000, now: () => clock.ms };
  return clock;
};
const refused = (work: () => void) => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { parts: { retryAfterSeconds: number; detail: string } }).parts;
  }
};

describe('a window limit', () => {
  test('allows its number of uses in a window and returns the wait for the next', () => {
    const clock = aClock();
    const limit = createWindowLimit({ max: 2, windowMs: 60_000 }, clock);
    const use = () => useAll([{ limit, name: 'a', allows: '2 are allowed' }]);
    expect([refused(use), refused(use)]).toEqual([null, null]);
    clock.ms += 500;
    expect(refused(use)).toMatchObject({ retryAfterSeconds: 60, detail: '2 are allowed. Retry in 60 s.' });
    expect(limit.waitSeconds('b')).toBeNull();
    clock.ms += 59_499;
    expect(refused(use)).toMatchObject({ retryAfterSeconds: 1 });
    clock.ms += 1;
    expect(refused(use)).toBeNull();
  });

  test('of 0 allows nothing', () => {
    const limit = createWindowLimit({ max: 0, windowMs: 60_000 }, aClock());
    expect(limit.waitSeconds('a')).toBe(60);
  });

  test('ignores a window that was started by a clock that ran ahead', () => {
    const clock = aClock();
    const limit = createWindowLimit({ max: 1, windowMs: 60_000 }, clock);
    clock.ms += 3_600_000;
    limit.count('a');
    clock.ms -= 3_600_000;
    expect(limit.waitSeconds('a')).toBeNull();
  });

  test('drops the name whose window ends first when there are too many', () => {
    const limit = createWindowLimit({ max: 1, windowMs: 60_000 }, aClock());
    for (let n = 0; n <= 20_000; n++) limit.count(`name ${n}`);
    expect([limit.waitSeconds('name 0'), limit.waitSeconds('name 1'), limit.waitSeconds('name 20000')]).toEqual([null, 60, 60]);
  });
});

test('a use that one of several limits refuses is counted by none of them', () => {
  const clock = aClock();
  const [small, large] = [1, 5].map((max) => createWindowLimit({ max, windowMs: 60_000 }, clock)) as [never, never];
  const use = () => useAll([large, small].map((limit) => ({ limit, name: 'a', allows: 'some' })));
  use();
  for (let i = 0; i < 10; i++) expect(refused(use)).not.toBeNull();
  const rest = () => useAll([{ limit: large, name: 'a', allows: 'some' }]);
  expect([1, 2, 3, 4].map(() => refused(rest))).toEqual([null, null, null, null]);
  expect(refused(rest)).not.toBeNull();
});

describe('a limit per network', () => {
  const networks = () => createNetworkLimit({ host: 2, site: 3, organization: 4 }, aClock());
  const allowed = (addresses: string[]) => {
    const limit = networks();
    return addresses.map((address) => refused(() => useAll(limit.of(address, 'calls'))) === null);
  };

  test('treats every form of an IPv4 address as the same', () => {
    expect(allowed(['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1:40001', '192.0.2.2'])).toEqual([true, true, false, true]);
  });

  test('counts IPv6 by /64, by /56 and by /48', () => {
    expect(allowed(['2001:db8:1::1', '2001:db8:1::2', '2001:db8:1::3'])).toEqual([true, true, false]);
    expect(allowed(['2001:db8:1:1::1', '2001:db8:1:2::1', '2001:db8:1:3::1', '2001:db8:1:4::1'])).toEqual([true, true, true, false]);
    const inOne48 = ['2001:db8:1:100::1', '2001:db8:1:200::1', '2001:db8:1:300::1', '2001:db8:1:400::1', '2001:db8:1:500::1'];
    expect(allowed([...inOne48, '2001:db8:2::1'])).toEqual([true, true, true, true, false, true]);
  });
});
