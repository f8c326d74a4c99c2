import { describe, expect, it } from 'vitest';
import type { SnapshotChange, SnapshotMark } from './ports.ts';
import { Snapshot } from './snapshot.ts';

const PLAN = { id: 'pro', version: 1, rateLimit: 6, rateWindowMs: 60_000, quotaLimit: 100, apis: null };
const ENTITLEMENT = { id: 'ent_1', consumerId: null, planId: 'pro', planVersion: 1, anchor: 0, snapshotVersion: 1 };
const KEY = {
  id: 'key_1',
  hash: 'aa',
  entitlementId: 'ent_1',
  status: 'enabled' as const,
  byBilling: false,
  expiresAt: null,
  snapshotVersion: 1,
};
const complete = (change: Partial<SnapshotChange> = {}): SnapshotChange => ({
  version: 1,
  stamp: 'stamp 1',
  complete: true,
  plans: [PLAN],
  entitlements: [ENTITLEMENT],
  keys: [KEY],
  ...change,
});
/** What one change wrote: its rows carry its version. */
const patch = (change: Partial<SnapshotChange>): SnapshotChange => {
  const version = change.version ?? 2;
  const written = <Row>(rows: Row[] = []) => rows.map((row) => ({ ...row, snapshotVersion: version }));
  return {
    version,
    stamp: change.stamp ?? `stamp ${version}`,
    complete: false,
    plans: change.plans ?? [],
    entitlements: written(change.entitlements),
    keys: written(change.keys),
  };
};

/** A source whose answers a test gives when it wants to. */
function aSource() {
  const asked: { held: readonly SnapshotMark[]; answer: (change: SnapshotChange) => void; fail: (error: Error) => void }[] = [];
  const since = (held: readonly SnapshotMark[]) => new Promise<SnapshotChange>((answer, fail) => void asked.push({ held, answer, fail }));
  return { asked, since };
}

const aSnapshot = async () => {
  const source = aSource();
  const snapshot = new Snapshot(source, { now: () => 0 });
  const loaded = snapshot.refresh();
  source.asked[0]?.answer(complete());
  await loaded;
  source.asked.length = 0;
  /** What the database answers next. */
  const read = async (change: SnapshotChange) => {
    const refreshed = snapshot.refresh();
    await turn();
    source.asked.shift()?.answer(change);
    await refreshed;
  };
  return { snapshot, asked: source.asked, read };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

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

  it('asks the database again when the anchor of the periods moved, and only then', async () => {
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

  it('lets a key that moved to another entitlement draw on that one', async () => {
    const { snapshot } = await aSnapshot();
    await snapshot.accept(patch({ entitlements: [{ ...ENTITLEMENT, id: 'ent_2', consumerId: 'consumer_2' }] }));
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, entitlementId: 'ent_2' }] }));
    const key = snapshot.find('aa')!;
    expect(key.entitlement).toBe(snapshot.entitlement('ent_2'));
    expect([key.status, key.identity, snapshot.keys]).toEqual(['enabled', null, 1]);
  });

  it('knows whether billing suspended a key or the operator', async () => {
    const { snapshot } = await aSnapshot();
    const key = snapshot.find('aa')!;
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'suspended', byBilling: true }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: true });
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, status: 'suspended', byBilling: false }] }));
    expect(key).toMatchObject({ status: 'suspended', byBilling: false });
  });

  it('marks a revoked key for the calls that already hold it', async () => {
    const { snapshot } = await aSnapshot();
    const held = snapshot.find('aa')!;
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    expect(held.status).toBe('revoked');
    expect(snapshot.keys).toBe(0);
  });

  it('forgets what a complete change does not name', async () => {
    const { snapshot, read } = await aSnapshot();
    await read(complete({ version: 2, entitlements: [], keys: [] }));
    expect(snapshot.find('aa')).toBeUndefined();
    expect(snapshot.entitlement('ent_1')).toBeUndefined();
  });

  it('writes the policy header once per plan, without what is unlimited', async () => {
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

  it('a refresh asked for after a commit does not settle for one that had read before it', async () => {
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

  it('never asks the database twice at once, whoever asks the moment a refresh ends', async () => {
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

describe('a change that is handed over', () => {
  it('counts at once, without the database, and confirms nothing', async () => {
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

  it('is told to the database at the next read, until that has covered it', async () => {
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

  it.each(['complete', 'patch'])('is not undone by a %s answer that was read before it', async (kind) => {
    const { snapshot, asked } = await aSnapshot();
    const refreshed = snapshot.refresh();
    await snapshot.accept(patch({ version: 3, keys: [{ ...KEY, status: 'revoked' }] }));
    const stale = patch({ version: 2, entitlements: [ENTITLEMENT], keys: [KEY] });
    asked[0]?.answer(kind === 'complete' ? { ...stale, plans: [PLAN], complete: true } : stale);
    await refreshed;
    expect(snapshot.find('aa')).toBeUndefined();
  });

  it('is kept by a complete answer that was read before it, also a new key', async () => {
    const { snapshot, asked } = await aSnapshot();
    const refreshed = snapshot.refresh();
    await snapshot.accept(patch({ version: 2, entitlements: [ENTITLEMENT], keys: [{ ...KEY, id: 'key_2', hash: 'bb' }] }));
    asked[0]?.answer(complete());
    await refreshed;
    expect([snapshot.find('aa')?.id, snapshot.find('bb')?.id]).toEqual(['key_1', 'key_2']);
  });

  it('is undone by a complete answer that was asked for after it: the database has lost it', async () => {
    const { snapshot, read } = await aSnapshot();
    await snapshot.accept(patch({ keys: [{ ...KEY, status: 'revoked' }] }));
    await read(complete({ stamp: 'stamp of the new primary' }));
    expect(snapshot.find('aa')?.status).toBe('enabled');
  });

  it('that a later one has overtaken is left to the database', async () => {
    const { snapshot, asked } = await aSnapshot();
    const made = patch({ version: 2, keys: [{ ...KEY, id: 'key_2', hash: 'bb' }] });
    const revoked = patch({ version: 3, keys: [{ ...KEY, id: 'key_2', hash: 'bb', status: 'revoked' }] });
    await snapshot.accept(revoked);
    const overtaken = snapshot.accept(made);
    asked[0]?.answer(revoked);
    await overtaken;
    expect(snapshot.find('bb')).toBeUndefined();
  });

  it('whose version was read already, with another stamp, is left to the database', async () => {
    const { snapshot, asked, read } = await aSnapshot();
    await read(patch({ version: 5 }));
    const accepted = snapshot.accept(patch({ version: 4, stamp: 'stamp of the new primary', keys: [{ ...KEY, status: 'revoked' }] }));
    asked[0]?.answer(complete({ version: 4, stamp: 'stamp of the new primary', keys: [] }));
    await accepted;
    expect([snapshot.find('aa'), snapshot.version]).toEqual([undefined, 4]);
  });

  it('that does not fit is read from the database, and while that fails no later one passes for applied', async () => {
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
});

describe('an answer of the database', () => {
  it('that is older than what is held is an error and confirms nothing; a complete one counts whatever its version', async () => {
    const { snapshot, read } = await aSnapshot();
    await read(patch({ version: 5, keys: [{ ...KEY, status: 'suspended' }] }));
    await expect(read(patch({ version: 4, keys: [KEY] }))).rejects.toThrow('answered with version 4, after 5');
    expect([snapshot.find('aa')?.status, snapshot.version]).toEqual(['suspended', 5]);
    await read(complete({ version: 2 }));
    expect([snapshot.find('aa')?.status, snapshot.version]).toEqual(['enabled', 2]);
  });

  it('with a plan version of other terms recalls the lease, and the same terms again do not', async () => {
    const { snapshot, read } = await aSnapshot();
    const { quota } = snapshot.entitlement('ent_1')!;
    await read(complete({ version: 2, stamp: 'b' }));
    expect(quota.recalled).toBe(false);
    await read(complete({ version: 2, stamp: 'c', plans: [{ ...PLAN, quotaLimit: 7 }] }));
    expect([quota.recalled, snapshot.entitlement('ent_1')?.plan.quotaLimit]).toEqual([true, 7]);
  });

  it('of many rows is applied in slices, with what takes keys away first and whole', async () => {
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
    // Calls come between two slices.
    while (snapshot.entitlement('ent_0') === undefined) await turn();
    const seen = { keys: snapshot.keys, last: snapshot.entitlement('ent_4999'), version: snapshot.version };
    expect(seen).toEqual({ keys: 1_250, last: undefined, version: 2 });
    await refreshed;
    expect([snapshot.keys, snapshot.entitlement('ent_4999')?.id, snapshot.version]).toEqual([1_250, 'ent_4999', 3]);
  });

  it('in the middle of which a key is revoked does not bring it back', async () => {
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
