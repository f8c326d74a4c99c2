import { describe, expect, it } from 'vitest';
import { draftErrors, newKeyOf, patchOf } from './draft.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');
const DRAFT = { name: 'Ada', plan: 'team', consumerId: '', expiresAt: null };

describe('the form for a new key', () => {
  it('requires a name and a plan', () => {
    expect(draftErrors({ ...DRAFT, name: '  ', plan: '' }, NOW)).toEqual({ name: 'Enter a name', plan: 'Choose a plan' });
    expect(draftErrors(DRAFT, NOW)).toEqual({});
  });

  it('rejects an expiry in the past', () => {
    expect(draftErrors({ ...DRAFT, expiresAt: NOW.toISOString() }, NOW)).toEqual({ expiresAt: 'Choose a time in the future' });
  });

  it('omits empty fields and trims the name', () => {
    expect(newKeyOf({ ...DRAFT, name: ' Ada ' })).toEqual({ name: 'Ada', plan: 'team' });
    const full = { ...DRAFT, consumerId: 'consumer_1', expiresAt: '2026-12-01T00:00:00.000Z' };
    expect(newKeyOf(full)).toEqual(full);
  });
});

describe('the form for an existing key', () => {
  const key = { name: 'Ada', plan: 'team', expiresAt: '2026-12-01T00:00:00.000Z' };

  it('sends nothing when nothing changed', () => {
    expect(patchOf(key, { ...key })).toBeNull();
    expect(patchOf(key, { ...key, name: ' Ada ' })).toBeNull();
  });

  it('sends only the changed fields', () => {
    expect(patchOf(key, { ...key, name: 'Grace' })).toEqual({ name: 'Grace' });
    expect(patchOf(key, { ...key, plan: 'pro' })).toEqual({ plan: 'pro' });
  });

  it('sends null when the expiry is removed', () => {
    expect(patchOf(key, { ...key, expiresAt: null })).toEqual({ expiresAt: null });
  });
});
