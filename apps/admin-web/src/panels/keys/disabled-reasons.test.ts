import { describe, expect, it } from 'vitest';
import { disabledReasons, planDisabledReason, resumedText } from './disabled-reasons.ts';

const ENABLED = { status: 'enabled', suspendedBy: null, access: null } as const;

describe('the actions on a key', () => {
  it('are all available while it is enabled', () => {
    expect(Object.values(disabledReasons(ENABLED, false))).toEqual([null, null, null, null, null]);
  });

  it('are all disabled once it is revoked, with a reason that names what revoked it', () => {
    expect(new Set(Object.values(disabledReasons({ ...ENABLED, status: 'revoked' }, false)))).toEqual(
      new Set(['A revoked key can’t be changed. Create a new key.']),
    );
    const ended = disabledReasons({ ...ENABLED, status: 'revoked', access: 'revoked' }, false);
    expect(ended.edit).toBe('Its subscription has ended, so it stays revoked.');
  });

  it('are limited to editing and revoking once it has expired', () => {
    const { rotate, suspend, resume, edit, revoke } = disabledReasons({ ...ENABLED, status: 'expired' }, false);
    expect([rotate, suspend, resume]).toEqual(Array(3).fill('This key has expired. Set a later expiry first.'));
    expect([edit, revoke]).toEqual([null, null]);
  });

  it('exclude a second rotation', () => {
    expect(disabledReasons(ENABLED, true).rotate).toMatch('already rotated');
    expect(disabledReasons(ENABLED, true).suspend).toBeNull();
  });

  it('include resuming a key that the operator suspended, not one that billing suspended', () => {
    const suspended = { status: 'suspended', access: 'suspended' } as const;
    expect(disabledReasons({ ...suspended, suspendedBy: 'billing' }, false).resume).toMatch('Suspended by billing');
    expect(disabledReasons({ ...suspended, suspendedBy: 'operator' }, false).resume).toBeNull();
  });

  it('exclude changing the plan of a key with a subscription', () => {
    expect(planDisabledReason({ subscriptionId: null })).toBeNull();
    expect(planDisabledReason({ subscriptionId: 'sub_1' })).toMatch('follows the subscription');
  });
});

it('the toast after resuming says when billing still suspends the key', () => {
  expect(resumedText({ status: 'enabled' })).toBe('Key resumed');
  expect(resumedText({ status: 'suspended' })).toMatch('still suspended by billing');
});
