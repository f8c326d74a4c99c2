import type { SnapshotChange, SnapshotMark } from '@api-factory/core';
import { Snapshot } from '../snapshot/snapshot.ts';

export const PLAN = { id: 'pro', version: 1, rateLimit: 6, rateWindowMs: 60_000, quotaLimit: 100, apis: null };
export const ENTITLEMENT = { id: 'ent_1', consumerId: null, planId: 'pro', planVersion: 1, anchor: 0, snapshotVersion: 1 };
export const KEY = {
  id: 'key_1',
  hash: 'aa',
  entitlementId: 'ent_1',
  status: 'enabled' as const,
  byBilling: false,
  expiresAt: null,
  snapshotVersion: 1,
};
export const complete = (change: Partial<SnapshotChange> = {}): SnapshotChange => ({
  version: 1,
  stamp: 'stamp 1',
  complete: true,
  plans: [PLAN],
  entitlements: [ENTITLEMENT],
  keys: [KEY],
  ...change,
});
/** A change whose rows have its version. */
export const patch = (change: Partial<SnapshotChange>): SnapshotChange => {
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

/** A source whose responses are given by the test. */
export function aSource() {
  const asked: { held: readonly SnapshotMark[]; answer: (change: SnapshotChange) => void; fail: (error: Error) => void }[] = [];
  const since = (held: readonly SnapshotMark[]) => new Promise<SnapshotChange>((answer, fail) => void asked.push({ held, answer, fail }));
  return { asked, since };
}

export const aSnapshot = async () => {
  const source = aSource();
  const snapshot = new Snapshot(source, { now: () => 0 });
  const loaded = snapshot.refresh();
  source.asked[0]?.answer(complete());
  await loaded;
  source.asked.length = 0;
  /** Refreshes the snapshot with this response. */
  const read = async (change: SnapshotChange) => {
    const refreshed = snapshot.refresh();
    await turn();
    source.asked.shift()?.answer(change);
    await refreshed;
  };
  return { snapshot, asked: source.asked, read };
};

export const turn = () => new Promise((resolve) => setImmediate(resolve));
