import { describe, expect, it } from 'vitest';
import { aSnapshot, complete, ENTITLEMENT, KEY, PLAN, patch, turn } from '../testing/snapshot.ts';
import { Snapshot } from './snapshot.ts';

describe('the snapshot', () => {
  it('keeps the cells of quota and rate through every patch', async () => {
    const { snapshot, read } = await aSnapshot();
    const before = snapshot.find('aa')!.entitlement;
    before.rate.current = 3;
    before.quota.available = 7;
    await snapshot.accept(patch({ plans: [{ ...PLAN, version: 2, quotaLimit: 50 }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    await read(complete({ version: 3, plans: [{ ...PLAN, version: 2 }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    const after = snapshot.find('aa')!.entitlement;
    expect(after).toBe(before);
    expect(after).toMatchObject({ plan: { version: 2 }, rate: { current: 3 }, quota: { available: 7, recalled: true } });
  });

  it('gives a rotated key the entitlement of the old one', async () => {
    const { snapshot } = await aSnapshot();
    await snapshot.accept(
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

  it('recalls the lease when the anchor of the periods moves, and only then', async () => {
    const { snapshot } = await aSnapshot();
    const { quota } = snapshot.entitlement('ent_1')!;
    await snapshot.accept(patch({ entitlements: [ENTITLEMENT] }));
    expect(quota.recalled).toBe(false);
    await snapshot.accept(patch({ version: 3, entitlements: [{ ...ENTITLEMENT, anchor: 1 }] }));
    expect(quota.recalled).toBe(true);
    quota.recalled = false;
    await snapshot.accept(patch({ version: 4, entitlements: [{ ...ENTITLEMENT, anchor: 1 }] }));
    expect(quota.recalled).toBe(false);
  });

  it('lets a moved key use the quota of its new entitlement', async () => {
    const { snapshot } = await aSnapshot();
    await snapshot.accept(patch({ entitlements: [{ ...ENTITLEMENT, id: 'ent_2', consumerId: 'consumer_2' }] }));
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, entitlementId: 'ent_2' }] }));
    const key = snapshot.find('aa')!;
    expect(key.entitlement).toBe(snapshot.entitlement('ent_2'));
    expect([key.status, key.identity, snapshot.keys]).toEqual(['enabled', null, 1]);
  });

  it('distinguishes keys suspended by billing from those suspended by the operator', async () => {
    const { snapshot } = await aSnapshot();
    const key = snapshot.find('aa')!;
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'suspended', byBilling: true }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: true });
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, status: 'suspended', byBilling: false }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: false });
  });

  it('marks a revoked key for calls that are already using it', async () => {
    const { snapshot } = await aSnapshot();
    const held = snapshot.find('aa')!;
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    expect(held.status).toBe('revoked');
    expect(snapshot.keys).toBe(0);
  });

  it('removes what a complete change does not contain', async () => {
    const { snapshot, read } = await aSnapshot();
    await read(complete({ version: 2, entitlements: [], keys: [] }));
    expect(snapshot.find('aa')).toBeUndefined();
    expect(snapshot.entitlement('ent_1')).toBeUndefined();
  });

  it('builds the policy header once per plan, without unlimited policies', async () => {
    const { snapshot } = await aSnapshot();
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('"rate";q=6;w=60, "quota";q=100');
    await snapshot.accept(patch({ plans: [{ ...PLAN, version: 2, rateLimit: null }], entitlements: [{ ...ENTITLEMENT, planVersion: 2 }] }));
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('"quota";q=100');
    await snapshot.accept(
      patch({
        version: 3,
        plans: [{ ...PLAN, version: 3, rateLimit: null, quotaLimit: null }],
        entitlements: [{ ...ENTITLEMENT, planVersion: 3 }],
      }),
    );
    expect(snapshot.entitlement('ent_1')?.plan.policy).toBe('');
  });

  it('does not join a refresh to one that may have read before it was requested', async () => {
    const { snapshot, asked } = await aSnapshot();
    const first = snapshot.refresh();
    const second = snapshot.refresh();
    const third = snapshot.refresh();
    asked[0]?.answer(patch({ version: 1, stamp: 'stamp 1' }));
    await first;
    await turn();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(patch({ keys: [{ ...KEY, status: 'suspended' }] }));
    await Promise.all([second, third]);
    expect(snapshot.find('aa')?.status).toBe('suspended');
  });

  it('never runs two reads at once, even if one is requested as another ends', async () => {
    const { snapshot, asked } = await aSnapshot();
    const same = patch({ version: 1, stamp: 'stamp 1' });
    const again = snapshot.refresh().then(() => snapshot.refresh());
    const queued = snapshot.refresh();
    for (let answered = 0; answered < asked.length; answered += 1) {
      expect(asked).toHaveLength(answered + 1);
      asked[answered]?.answer(same);
      await turn();
    }
    await Promise.all([again, queued]);
  });

  it('has an age since the start of the last successful read; a failure does not reset it', async () => {
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
