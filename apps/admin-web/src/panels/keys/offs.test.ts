import { describe, expect, it } from 'vitest';
import { offsOf, planOff, resumedText } from './offs.ts';

const ENABLED = { status: 'enabled', suspendedBy: null, access: null } as const;

describe('what can be done with a key', () => {
  it('is everything while it is enabled', () => {
    expect(Object.values(offsOf(ENABLED, false))).toEqual([null, null, null, null, null]);
  });

  it('is nothing once it is revoked, and why differs', () => {
    expect(new Set(Object.values(offsOf({ ...ENABLED, status: 'revoked' }, false)))).toEqual(
      new Set(['Revoked for good: create another key']),
    );
    const ended = offsOf({ ...ENABLED, status: 'revoked', access: 'revoked' }, false);
    expect(ended.edit).toBe('Its subscription has ended: it stays revoked');
  });

  it('is only editing and revoking when it is expired', () => {
    const { rotate, suspend, resume, edit, revoke } = offsOf({ ...ENABLED, status: 'expired' }, false);
    expect([rotate, suspend, resume]).toEqual(Array(3).fill('Expired: give it a later expiry first'));
    expect([edit, revoke]).toEqual([null, null]);
  });

  it('is no second rotation', () => {
    expect(offsOf(ENABLED, true).rotate).toMatch('Rotated already');
    expect(offsOf(ENABLED, true).suspend).toBeNull();
  });

  it('is no resuming of what billing suspends, but of what the operator suspends', () => {
    expect(offsOf({ status: 'suspended', suspendedBy: 'billing', access: 'suspended' }, false).resume).toMatch('Suspended by billing');
    expect(offsOf({ status: 'suspended', suspendedBy: 'operator', access: 'suspended' }, false).resume).toBeNull();
  });

  it('is no change of plan when a subscription decides on it', () => {
    expect(planOff({ subscriptionId: null })).toBeNull();
    expect(planOff({ subscriptionId: 'sub_1' })).toMatch('follows the subscription');
  });

  it('tells that a resumed key is still suspended by billing', () => {
    expect(resumedText({ status: 'enabled' })).toBe('The key is resumed');
    expect(resumedText({ status: 'suspended' })).toMatch('billing still suspends');
  });
});
