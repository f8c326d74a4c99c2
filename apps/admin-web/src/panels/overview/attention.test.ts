import { describe, expect, test } from 'vitest';
import { attentionOf, checkName } from './attention.ts';
import type { Health, Overview } from './queries.ts';

const QUIET: Overview['attention'] = {
  deadLetters: 0,
  pendingEvents: 0,
  drift: 0,
  flags: 0,
  disputes: 0,
  grace: 0,
  suspendedByBilling: 0,
  nearQuota: 0,
  quarantined: 0,
};

const health = (checks: Record<string, { ok: boolean; detail?: string }>): Health => ({
  live: true,
  ready: { status: 'fail', checks },
  details: { status: 'fail' },
});

describe('what needs attention', () => {
  test('is nothing when all is 0 and every check is fine, or health is not known yet', () => {
    expect([attentionOf(QUIET, undefined), attentionOf(QUIET, health({ database: { ok: true } }))]).toEqual([[], []]);
  });

  test('each count leads to the page where something is done about it', () => {
    const all = Object.fromEntries(Object.keys(QUIET).map((key) => [key, 2])) as Overview['attention'];
    expect(Object.fromEntries(attentionOf(all, undefined).map(({ key, to }) => [key, to]))).toEqual({
      deadLetters: '/billing?tab=inbox&state=dead',
      quarantined: '/usage?tab=quarantine',
      disputes: '/billing?tab=disputes',
      drift: '/billing?tab=drift',
      flags: '/billing?tab=flags',
      suspendedByBilling: '/keys?access=suspended',
      grace: '/keys?status=enabled&access=grace',
      nearQuota: null,
      pendingEvents: '/billing?tab=inbox&state=pending',
    });
  });

  test('a key that is suspended while a dispute holds is not put down to a payment alone', () => {
    const adviceOf = (disputes: number) =>
      attentionOf({ ...QUIET, disputes, suspendedByBilling: 1 }, undefined).find(({ key }) => key === 'suspendedByBilling')?.advice;
    expect(adviceOf(0)).not.toContain('dispute');
    expect(adviceOf(1)).toContain('dispute');
  });

  test('one is said as one', () => {
    expect(attentionOf({ ...QUIET, grace: 1 }, undefined)[0]?.text).toBe('1 key is in grace');
    expect(attentionOf({ ...QUIET, grace: 1_234 }, undefined)[0]?.text).toBe('1,234 keys are in grace');
  });

  test('a check that fails comes first, with what the server says of it', () => {
    const items = attentionOf(
      { ...QUIET, deadLetters: 1 },
      health({ database: { ok: false, detail: 'last answered 7 s ago' }, spool: { ok: true } }),
    );
    expect(items.map(({ key }) => key)).toEqual(['check-database', 'deadLetters']);
    expect(items[0]?.advice).toContain('last answered 7 s ago');
  });

  test('a check that nobody has a word for keeps its name', () => {
    expect([checkName('database'), checkName('disk'), checkName('constructor')]).toEqual(['Database', 'disk', 'constructor']);
  });
});
