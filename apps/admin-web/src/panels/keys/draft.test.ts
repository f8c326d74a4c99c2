import { describe, expect, it } from 'vitest';
import { findingsOf, newKeyOf, patchOf } from './draft.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');
const DRAFT = { name: 'Ada', plan: 'team', consumerId: '', expiresAt: null };

describe('a new key', () => {
  it('needs a name and a plan', () => {
    expect(findingsOf({ ...DRAFT, name: '  ', plan: '' }, NOW)).toEqual({ name: 'Give it a name', plan: 'Choose a plan' });
    expect(findingsOf(DRAFT, NOW)).toEqual({});
  });

  it('must not be expired already', () => {
    expect(findingsOf({ ...DRAFT, expiresAt: NOW.toISOString() }, NOW)).toEqual({ expiresAt: 'Choose a time in the future' });
  });

  it('is asked for without what was left empty, its name without spaces around it', () => {
    expect(newKeyOf({ ...DRAFT, name: ' Ada ' })).toEqual({ name: 'Ada', plan: 'team' });
    const full = { ...DRAFT, consumerId: 'consumer_1', expiresAt: '2026-12-01T00:00:00.000Z' };
    expect(newKeyOf(full)).toEqual(full);
  });
});

describe('an edit', () => {
  const key = { name: 'Ada', plan: 'team', expiresAt: '2026-12-01T00:00:00.000Z' };

  it('sends nothing when nothing is changed', () => {
    expect(patchOf(key, { ...key })).toBeNull();
    expect(patchOf(key, { ...key, name: ' Ada ' })).toBeNull();
  });

  it('sends only what is changed', () => {
    expect(patchOf(key, { ...key, name: 'Grace' })).toEqual({ name: 'Grace' });
    expect(patchOf(key, { ...key, plan: 'pro' })).toEqual({ plan: 'pro' });
  });

  it('says null for a key that shall not expire any more', () => {
    expect(patchOf(key, { ...key, expiresAt: null })).toEqual({ expiresAt: null });
  });
});
