import { describe, expect, it } from 'vitest';
import type { SnapshotChange } from './ports.ts';
import { Snapshot } from './snapshot.ts';

const PLAN = { id: 'pro', version: 1, rateLimit: 6, rateWindowMs: 60_000, quotaLimit: 100, apis: null };
const ENTITLEMENT = { id: 'ent_1', consumerId: null, planId: 'pro', planVersion: 1, anchor: 0 };
const KEY = { id: 'key_1', hash: 'aa', entitlementId: 'ent_1', status: 'enabled' as const, byBilling: false, expiresAt: null };
const complete = (change: Partial<SnapshotChange> = {}): SnapshotChange => ({
  version: 1,
  complete: true,
  plans: [PLAN],
  entitlements: [ENTITLEMENT],
  keys: [KEY],
  ...change,
});
const patch = (change: Partial<SnapshotChange>): SnapshotChange => ({
  version: 2,
  complete: false,
  plans: [],
  entitlements: [],
  keys: [],
  ...change,
});

const aSnapshot = () => {
  const snapshot = new Snapshot({ since: async () => complete() }, { now: () => 0 });
  snapshot.apply(complete());
  return snapshot;
};

describe('the snapshot', () => {
  it('keeps the cells of quota and rate through every patch', () => {
    const snapshot = aSnapshot();
    const before = snapshot.find('aa')!.entitlement;
    before.rate.current = 3;
    before.quota.available = 7;
    snapshot.apply(patch({ plans: [{ ...PLAN, version: 2, quotaLimit: 50 }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    snapshot.apply(complete({ version: 3, plans: [{ ...PLAN, version: 2 }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    const after = snapshot.find('aa')!.entitlement;
    expect(after).toBe(before);
    expect(after).toMatchObject({ plan: { version: 2 }, rate: { current: 3 }, quota: { available: 7, recalled: true } });
  });

  it('gives a rotated key the entitlement of the old one', () => {
    const snapshot = aSnapshot();
    snapshot.apply(
      patch({
        keys: [
          { ...KEY, status: 'revoked' },
          { ...KEY, id: 'key_2', hash: 'bb' },
        ],
      }),
    );
    expect(snapshot.find('aa')).toBeUndefined();
    expect(snapshot.find('bb')?.entitlement).toBe(snapshot.entitlement('ent_1'));
  });

  it('asks the database again when the anchor of the periods moved, and only then', () => {
    const snapshot = aSnapshot();
    const { quota } = snapshot.entitlement('ent_1')!;
    snapshot.apply(patch({ entitlements: [ENTITLEMENT] }));
    expect(quota.recalled).toBe(false);
    snapshot.apply(patch({ version: 3, entitlements: [{ ...ENTITLEMENT, anchor: 1 }] }));
    expect(quota.recalled).toBe(true);
    quota.recalled = false;
    snapshot.apply(patch({ version: 4, entitlements: [{ ...ENTITLEMENT, anchor: 1 }] }));
    expect(quota.recalled).toBe(false);
  });

  it('lets a key that moved to another entitlement draw on that one', () => {
    const snapshot = aSnapshot();
    snapshot.apply(patch({ entitlements: [{ ...ENTITLEMENT, id: 'ent_2', consumerId: 'consumer_2' }] }));
    snapshot.apply(patch({ version: 3, keys: [{ ...KEY, entitlementId: 'ent_2' }] }));
    const key = snapshot.find('aa')!;
    expect(key.entitlement).toBe(snapshot.entitlement('ent_2'));
    expect([key.status, key.identity, snapshot.keys]).toEqual(['enabled', null, 1]);
  });

  it('knows whether billing suspended a key or the operator', () => {
    const snapshot = aSnapshot();
    const key = snapshot.find('aa')!;
    snapshot.apply(patch({ keys: [{ ...KEY, status: 'suspended', byBilling: true }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: true });
    snapshot.apply(patch({ version: 3, keys: [{ ...KEY, status: 'suspended', byBilling: false }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: false });
  });

  it('marks a revoked key for the calls that already hold it', () => {
    const snapshot = aSnapshot();
    const held = snapshot.find('aa')!;
    snapshot.apply(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    expect(held.status).toBe('revoked');
    expect(snapshot.keys).toBe(0);
  });

  it('forgets what a complete change does not name', () => {
    const snapshot = aSnapshot();
    snapshot.apply(complete({ version: 2, entitlements: [], keys: [] }));
    expect(snapshot.find('aa')).toBeUndefined();
    expect(snapshot.entitlement('ent_1')).toBeUndefined();
  });

  it('writes the policy header once per plan, without what is unlimited', () => {
    const snapshot = aSnapshot();
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('"rate";q=6;w=60, "quota";q=100');
    snapshot.apply(patch({ plans: [{ ...PLAN, version: 2, rateLimit: null }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('"quota";q=100');
    snapshot.apply(
      patch({ plans: [{ ...PLAN, version: 3, rateLimit: null, quotaLimit: null }], entitlements: [{ ...ENTITLEMENT, planVersion: 3 }] }),
    );
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('');
  });

  it('a refresh asked for after a commit does not settle for one that had read before it', async () => {
    const answers: ((change: SnapshotChange) => void)[] = [];
    const snapshot = new Snapshot({ since: () => new Promise((resolve) => answers.push(resolve)) }, { now: () => 0 });
    const first = snapshot.refresh();
    const second = snapshot.refresh();
    const third = snapshot.refresh();
    answers[0]?.(complete());
    await first;
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toHaveLength(2);
    answers[1]?.(patch({ keys: [{ ...KEY, status: 'suspended' }] }));
    await Promise.all([second, third]);
    expect(snapshot.find('aa')?.status).toBe('suspended');
  });

  it('is as old as its last confirmation was asked for, and a failure does not make it younger', async () => {
    const clock = { ms: 1_000, now: () => clock.ms };
    let fail = false;
    const snapshot = new Snapshot({ since: async () => (fail ? Promise.reject(new Error('away')) : complete()) }, clock);
    expect(snapshot.ageMs(clock.ms)).toBe(Number.POSITIVE_INFINITY);
    await snapshot.refresh();
    clock.ms += 500;
    fail = true;
    await expect(snapshot.refresh()).rejects.toThrow('away');
    expect(snapshot.ageMs(clock.ms)).toBe(500);
    fail = false;
    await snapshot.refresh();
    expect(snapshot.ageMs(clock.ms)).toBe(0);
  });
});
