import { describe, expect, test } from 'vitest';
import { attentionItems, checkName } from './attention-items.ts';
import type { Health, Overview } from './queries.ts';

const NO_ISSUES: Overview['attention'] = {
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

describe('the attention list', () => {
  test('is empty when every count is 0 and every check passes, or health is still loading', () => {
    expect([attentionItems(NO_ISSUES, undefined), attentionItems(NO_ISSUES, health({ database: { ok: true } }))]).toEqual([[], []]);
  });

  test('links each count to the page where the operator can act on it', () => {
    const all = Object.fromEntries(Object.keys(NO_ISSUES).map((key) => [key, 2])) as Overview['attention'];
    expect(Object.fromEntries(attentionItems(all, undefined).map(({ key, to }) => [key, to]))).toEqual({
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

  test('names a dispute as a possible cause of suspended keys when there is one', () => {
    const adviceOf = (disputes: number) =>
      attentionItems({ ...NO_ISSUES, disputes, suspendedByBilling: 1 }, undefined).find(({ key }) => key === 'suspendedByBilling')?.advice;
    expect(adviceOf(0)).not.toContain('dispute');
    expect(adviceOf(1)).toContain('dispute');
  });

  test('uses the singular for 1', () => {
    expect(attentionItems({ ...NO_ISSUES, grace: 1 }, undefined)[0]?.text).toBe('1 key is in its grace period');
    expect(attentionItems({ ...NO_ISSUES, grace: 1_234 }, undefined)[0]?.text).toBe('1,234 keys are in their grace period');
  });

  test('starts with the failing checks and their details', () => {
    const items = attentionItems(
      { ...NO_ISSUES, deadLetters: 1 },
      health({ database: { ok: false, detail: 'last answered 7 s ago' }, spool: { ok: true } }),
    );
    expect(items.map(({ key }) => key)).toEqual(['check-database', 'deadLetters']);
    expect(items[0]?.advice).toContain('Last answered 7 s ago');
  });

  test('shows an unknown check under its own name', () => {
    expect([checkName('database'), checkName('disk'), checkName('constructor')]).toEqual(['Database', 'disk', 'constructor']);
  });
});
