import { describe, expect, it } from 'vitest';
import { aSnapshot, aSource, complete, ENTITLEMENT, KEY, PLAN, patch, turn } from '../testing/snapshot.ts';
import { Snapshot } from './snapshot.ts';

describe('an accepted change', () => {
  it('takes effect immediately without a read, and does not confirm the snapshot', async () => {
    const clock = { ms: 0, now: () => clock.ms };
    const source = aSource();
    const snapshot = new Snapshot(source, clock);
    const loaded = snapshot.refresh();
    source.asked[0]?.answer(complete());
    await loaded;
    clock.ms = 700;
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    expect([snapshot.find('aa'), snapshot.version, snapshot.ageMs(clock.ms), source.asked.length]).toEqual([undefined, 2, 700, 1]);
  });

  it('is sent to the database as a mark at each read until one covers it', async () => {
    const { snapshot, asked, read } = await aSnapshot();
    await snapshot.accept(patch({ keys: [KEY] }));
    void snapshot.refresh();
    expect(asked[0]?.held.map(({ version, stamp }) => [version, stamp])).toEqual([
      [1, 'stamp 1'],
      [2, 'stamp 2'],
    ]);
    asked.shift()?.answer(patch({ version: 2 }));
    await turn();
    await read(patch({ version: 2 }));
    void snapshot.refresh();
    expect(asked[0]?.held).toEqual([{ version: 2, stamp: 'stamp 2' }]);
  });

  it.each(['complete', 'patch'])('is not undone by a %s result that was read before it', async (kind) => {
    const { snapshot, asked } = await aSnapshot();
    const refreshed = snapshot.refresh();
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, status: 'revoked' }] }));
    const stale = patch({ version: 2, entitlements: [ENTITLEMENT], keys: [KEY] });
    asked[0]?.answer(kind === 'complete' ? { ...stale, plans: [PLAN], complete: true } : stale);
    await refreshed;
    expect(snapshot.find('aa')).toBeUndefined();
  });

  it('with a new key is kept by a complete result that was read before it', async () => {
    const { snapshot, asked } = await aSnapshot();
    const refreshed = snapshot.refresh();
    await snapshot.accept(patch({ version: 2, entitlements: [ENTITLEMENT], keys: [{ ...KEY, id: 'key_2', hash: 'bb' }] }));
    asked[0]?.answer(complete());
    await refreshed;
    expect([snapshot.find('aa')?.id, snapshot.find('bb')?.id]).toEqual(['key_1', 'key_2']);
  });

  it('is undone by a complete result that was requested after it: the database has lost it', async () => {
    const { snapshot, read } = await aSnapshot();
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    await read(complete({ stamp: 'stamp of the new primary' }));
    expect(snapshot.find('aa')?.status).toBe('enabled');
  });

  it('that arrives after a later one is read from the database', async () => {
    const { snapshot, asked } = await aSnapshot();
    const created = patch({ version: 2, keys: [{ ...KEY, id: 'key_2', hash: 'bb' }] });
    const revoked = patch({ version: 3, keys: [{ ...KEY, id: 'key_2', hash: 'bb', status: 'revoked' }] });
    await snapshot.accept(revoked);
    const late = snapshot.accept(created);
    asked[0]?.answer(revoked);
    await late;
    expect(snapshot.find('bb')).toBeUndefined();
  });

  it('whose version was already read with another stamp is read from the database', async () => {
    const { snapshot, asked, read } = await aSnapshot();
    await read(patch({ version: 5 }));
    const accepted = snapshot.accept(patch({ version: 4, stamp: 'stamp of the new primary', keys: [{ ...KEY, status: 'revoked' }] }));
    asked[0]?.answer(complete({ version: 4, stamp: 'stamp of the new primary', keys: [] }));
    await accepted;
    expect([snapshot.find('aa'), snapshot.version]).toEqual([undefined, 4]);
  });

  it('that can’t be applied is read from the database, and no later one is accepted while that fails', async () => {
    const { snapshot, asked } = await aSnapshot();
    const unknown = patch({ keys: [{ ...KEY, entitlementId: 'ent_unknown' }] });
    const first = snapshot.accept(unknown);
    asked.shift()?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    const repeated = snapshot.accept(patch({ version: 3 }));
    asked.shift()?.fail(new Error('away'));
    await expect(repeated).rejects.toThrow('away');
    const last = snapshot.accept(patch({ version: 4 }));
    asked.shift()?.answer(patch({ version: 4, entitlements: [{ ...ENTITLEMENT, id: 'ent_unknown' }], keys: unknown.keys }));
    await last;
    expect(snapshot.find('aa')?.entitlement.id).toBe('ent_unknown');
    await snapshot.accept(patch({ version: 5, keys: [{ ...KEY, status: 'revoked' }] }));
    expect([snapshot.find('aa'), asked.length]).toEqual([undefined, 0]);
  });

  it('that arrives after a later one while the database can’t be read stays missing, and no later one hides that', async () => {
    const { snapshot, asked } = await aSnapshot();
    const revoked = patch({ version: 2, keys: [{ ...KEY, status: 'revoked' }] });
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, id: 'key_2', hash: 'bb' }] }));
    for (const missed of [revoked, patch({ version: 4 }), patch({ version: 5 })]) {
      const accepted = snapshot.accept(missed);
      asked.shift()?.fail(new Error('away'));
      await expect(accepted).rejects.toThrow('away');
    }
    const last = snapshot.accept(patch({ version: 6 }));
    asked.shift()?.answer({ ...revoked, version: 6 });
    await last;
    expect(snapshot.find('aa')).toBeUndefined();
    await snapshot.accept(patch({ version: 7 }));
    expect(asked).toEqual([]);
  });

  it('that arrives while an earlier one is missing is not covered by a load that started before', async () => {
    const { snapshot, asked } = await aSnapshot();
    const created = snapshot.accept(patch({ keys: [{ ...KEY, entitlementId: 'ent_unknown' }] }));
    const revoked = snapshot.accept(patch({ version: 3, keys: [{ ...KEY, status: 'revoked' }] }));
    asked.shift()?.answer(patch({ version: 2 }));
    await created;
    await turn();
    asked.shift()?.fail(new Error('away'));
    await expect(revoked).rejects.toThrow('away');
    const repeated = snapshot.accept(patch({ version: 4 }));
    asked.shift()?.fail(new Error('away'));
    await expect(repeated).rejects.toThrow('away');
    expect(snapshot.find('aa')?.status).toBe('enabled');
  });
});

describe('a result from the database', () => {
  it('that is older than the snapshot is an error and does not confirm it, unless it is complete', async () => {
    const { snapshot, read } = await aSnapshot();
    await read(patch({ version: 5, keys: [{ ...KEY, status: 'suspended' }] }));
    await expect(read(patch({ version: 4, keys: [KEY] }))).rejects.toThrow('answered with version 4, after 5');
    expect([snapshot.find('aa')?.status, snapshot.version]).toEqual(['suspended', 5]);
    await read(complete({ version: 2 }));
    expect([snapshot.find('aa')?.status, snapshot.version]).toEqual(['enabled', 2]);
  });

  it('recalls the lease if the limits of a plan version changed, and only then', async () => {
    const { snapshot, read } = await aSnapshot();
    const { quota } = snapshot.entitlement('ent_1')!;
    await read(complete({ version: 2, stamp: 'b' }));
    expect(quota.recalled).toBe(false);
    await read(complete({ version: 2, stamp: 'c', plans: [{ ...PLAN, quotaLimit: 7 }] }));
    expect([quota.recalled, snapshot.entitlement('ent_1')?.plan.quotaLimit]).toEqual([true, 7]);
  });

  it('with many rows is applied in slices, after all revocations at once', async () => {
    const { snapshot, asked } = await aSnapshot();
    const many = Array.from({ length: 2_500 }, (_, index) => ({ ...KEY, id: `key_${index}`, hash: `hash ${index}` }));
    await snapshot.accept(patch({ keys: many }));
    const refreshed = snapshot.refresh();
    const answer = patch({
      version: 3,
      entitlements: Array.from({ length: 5_000 }, (_, index) => ({ ...ENTITLEMENT, id: `ent_${index}` })),
      keys: many.map((key, index) => ({ ...key, status: index % 2 === 0 ? ('revoked' as const) : ('enabled' as const) })),
    });
    asked[0]?.answer(answer);
    await Promise.resolve();
    // Calls run between two slices.
    while (snapshot.entitlement('ent_0') === undefined) await turn();
    const seen = { keys: snapshot.keys, last: snapshot.entitlement('ent_4999'), version: snapshot.version };
    expect(seen).toEqual({ keys: 1_250, last: undefined, version: 2 });
    await refreshed;
    expect([snapshot.keys, snapshot.entitlement('ent_4999')?.id, snapshot.version]).toEqual([1_250, 'ent_4999', 3]);
  });

  it('does not restore a key that is revoked while it is applied', async () => {
    const { snapshot, asked } = await aSnapshot();
    const many = Array.from({ length: 3_000 }, (_, index) => ({ ...KEY, id: `many_${index}`, hash: `hash ${index}`, snapshotVersion: 1 }));
    const refreshed = snapshot.refresh();
    asked[0]?.answer(complete({ version: 4, keys: [...many, { ...KEY, id: 'last', hash: 'last' }] }));
    while (snapshot.find('hash 0') === undefined) await turn();
    await snapshot.accept(patch({ version: 5, keys: [{ ...KEY, id: 'last', hash: 'last', status: 'revoked' }] }));
    await refreshed;
    expect([snapshot.find('last'), snapshot.find('hash 2999')?.id]).toEqual([undefined, 'many_2999']);
  });
});
