import type { EntitlementRow, KeyRow, PlanRow, SnapshotChange, SnapshotMark, SnapshotSource } from '@api-factory/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Snapshot } from './snapshot.ts';

/**
 * A model of a gateway and a database of rows and versions: any interleaving of changes, changes
 * accepted late and out of order, reads whose responses arrive late or never, and failovers that
 * lose the last commits, so that their versions are reused.
 */

const KEYS = 2;
const PLAN: PlanRow = { id: 'plan', version: 1, rateLimit: null, rateWindowMs: 60_000, quotaLimit: 10, apis: null };

interface Rows {
  version: number;
  stamps: Map<number, string>;
  plans: PlanRow[];
  entitlements: Map<string, EntitlementRow>;
  keys: Map<string, KeyRow>;
}

class ModelDatabase implements SnapshotSource {
  rows: Rows = { version: 0, stamps: new Map([[0, 'stamp 0']]), plans: [PLAN], entitlements: new Map(), keys: new Map() };
  /** The states after each commit, for a failover to go back to. */
  readonly history: Rows[] = [];
  /** Responses that were read and have not arrived. */
  readonly answers: { mark: SnapshotMark; deliver: () => void; fail: () => void }[] = [];
  #stamps = 0;

  constructor() {
    this.history.push(structuredClone(this.rows));
  }

  since(held: readonly SnapshotMark[]): Promise<SnapshotChange> {
    const answer = this.read(held);
    return new Promise((resolve, reject) => {
      this.answers.push({ mark: answer, deliver: () => resolve(answer), fail: () => reject(new Error('away')) });
    });
  }

  read(held: readonly SnapshotMark[]): SnapshotChange {
    const { version, stamps, plans, entitlements, keys } = structuredClone(this.rows);
    const [base] = held;
    const complete = base === undefined || held.some((mark) => stamps.get(mark.version) !== mark.stamp);
    const after = complete ? -1 : base.version;
    return {
      version,
      stamp: stamps.get(version) as string,
      complete,
      plans,
      entitlements: [...entitlements.values()].filter((row) => row.snapshotVersion > after),
      keys: [...keys.values()].filter((row) => row.snapshotVersion > after && !(complete && row.status === 'revoked')),
    };
  }

  /** @returns the change for the gateway */
  commit(index: number, status: KeyRow['status'] | 'moved'): SnapshotChange | null {
    const { rows } = this;
    const key = rows.keys.get(`key_${index}`);
    if (key === undefined ? status !== 'enabled' : key.status === 'revoked') return null;
    rows.version += 1;
    this.#stamps += 1;
    rows.stamps.set(rows.version, `stamp ${this.#stamps}`);
    const entitlementId = status === 'moved' ? `ent_moved_${this.#stamps}` : (key?.entitlementId ?? `ent_${index}`);
    if (!rows.entitlements.has(entitlementId)) rows.entitlements.set(entitlementId, anEntitlement(entitlementId, rows.version));
    rows.keys.set(`key_${index}`, {
      id: `key_${index}`,
      hash: `hash_${index}`,
      entitlementId,
      status: status === 'moved' ? (key?.status ?? 'enabled') : status,
      byBilling: false,
      expiresAt: null,
      snapshotVersion: rows.version,
    });
    this.history.push(structuredClone(rows));
    const row = rows.keys.get(`key_${index}`) as KeyRow;
    const mark = { version: rows.version, stamp: rows.stamps.get(rows.version) as string };
    return structuredClone({
      ...mark,
      complete: false,
      plans: [PLAN],
      entitlements: [rows.entitlements.get(entitlementId) as EntitlementRow],
      keys: [row],
    });
  }

  isLost({ version, stamp }: SnapshotMark): boolean {
    return this.rows.stamps.get(version) !== stamp;
  }

  failOver(lost: number): void {
    this.history.splice(Math.max(1, this.history.length - lost));
    this.rows = structuredClone(this.history.at(-1) as Rows);
  }
}

const anEntitlement = (id: string, snapshotVersion: number): EntitlementRow => ({
  id,
  consumerId: null,
  planId: 'plan',
  planVersion: 1,
  anchor: 0,
  snapshotVersion,
});

type Step =
  | { do: 'commit'; key: number; status: KeyRow['status'] | 'moved'; handOver: 'now' | 'later' | 'never' }
  | { do: 'handOver'; index: number }
  | { do: 'ask' | 'answer' | 'fail' }
  | { do: 'failOver'; lost: number };

const key = fc.nat(KEYS - 1);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      key,
      status: fc.constantFrom('enabled' as const, 'suspended' as const, 'revoked' as const, 'moved' as const),
      handOver: fc.constantFrom('now' as const, 'now' as const, 'later' as const, 'never' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('handOver' as const), index: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('ask' as const, 'answer' as const, 'answer' as const, 'fail' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('failOver' as const), lost: fc.integer({ min: 1, max: 3 }) }) },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));

class Run {
  readonly database = new ModelDatabase();
  readonly snapshot = new Snapshot(this.database, { now: () => 0 });
  readonly late: SnapshotChange[] = [];
  /** Keys revoked by an accepted change, unless the database has lost it. */
  readonly revoked = new Set<string>();

  async step(step: Step): Promise<void> {
    if (step.do === 'commit') await this.#commit(step);
    if (step.do === 'handOver' && this.late.length > 0) {
      await this.#accept(this.late.splice(step.index % this.late.length, 1)[0] as SnapshotChange);
    }
    if (step.do === 'ask') void this.snapshot.refresh().catch(() => {});
    if (step.do === 'answer') this.#answer();
    if (step.do === 'fail') this.database.answers.shift()?.fail();
    if (step.do === 'failOver') {
      this.database.failOver(step.lost);
      this.revoked.clear();
    }
    await turn();
    for (const hash of this.revoked) expect(this.snapshot.find(hash), `${hash} was revoked`).toBeUndefined();
  }

  async #commit({ key: index, status, handOver }: Step & { do: 'commit' }): Promise<void> {
    const change = this.database.commit(index, status);
    if (change === null || handOver === 'never') return;
    if (handOver === 'later') this.late.push(change);
    else await this.#accept(change);
  }

  /**
   * Delivers responses of the database while `accept` waits for them, which it does if the change
   * can't be applied directly.
   */
  async #accept(change: SnapshotChange): Promise<void> {
    let done = false;
    const accepted = this.snapshot.accept(change).finally(() => {
      done = true;
    });
    await turn();
    for (let turns = 0; !done; turns += 1) {
      if (turns > 100) throw new Error('an accepted change is never applied');
      this.#answer();
      await turn();
    }
    await accepted;
    this.#clearIfLost(change);
    for (const { hash, status, id } of change.keys) {
      if (status === 'revoked' && this.database.rows.keys.get(id)?.status === 'revoked') this.revoked.add(hash);
    }
  }

  #answer(): void {
    const answer = this.database.answers.shift();
    answer?.deliver();
    if (answer) this.#clearIfLost(answer.mark);
  }

  /** A change that the database has lost is undone by the next read, and not before. */
  #clearIfLost(mark: SnapshotMark): void {
    if (this.database.isLost(mark)) this.revoked.clear();
  }

  /** Delivers everything, and reads once more. */
  async settle(): Promise<void> {
    for (const change of this.late.splice(0)) await this.#accept(change);
    for (let reads = 0; reads < 3; reads += 1) {
      const refreshed = this.snapshot.refresh();
      for (let turns = 0; turns < 5; turns += 1) {
        this.#answer();
        await turn();
      }
      await refreshed;
    }
  }
}

test('the gateway ends up with the rows of the database, and a revoked key never comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 60 }), async (steps) => {
      const run = new Run();
      const loaded = run.snapshot.refresh();
      run.database.answers.shift()?.deliver();
      await loaded;
      for (const step of steps) await run.step(step);
      await run.settle();
      const { keys, version } = run.database.rows;
      const actual = Array.from({ length: KEYS }, (_, index) => run.snapshot.find(`hash_${index}`)).map(
        (found) => found && [found.id, found.status, found.entitlement.id],
      );
      const stored = Array.from({ length: KEYS }, (_, index) => keys.get(`key_${index}`)).map((row) =>
        row === undefined || row.status === 'revoked' ? undefined : [row.id, row.status, row.entitlementId],
      );
      expect(actual).toEqual(stored);
      expect(run.snapshot.version).toBe(version);
    }),
    { numRuns: 1_500 },
  );
}, 60_000);
