import type { Clock, SnapshotChange, SnapshotMark, SnapshotSource } from '@api-factory/core';
import { HandedRows, type Versioned } from './handed-rows.ts';
import { type GatewayEntitlement, type GatewayKey, SnapshotRows } from './rows.ts';

export { type Asking, type GatewayEntitlement, type GatewayKey, type GatewayPlan, identityOf } from './rows.ts';

/** A change that was handed over while load number `load` was the last one to be asked for. */
interface Handed extends SnapshotMark {
  load: number;
}

/**
 * The keys in memory: loaded at the start, then kept up in two ways. This process's own changes are handed over right after their commit;
 * and the database is read once a second, which alone says that nothing is missing. An answer that was read before a change was handed over
 * may arrive after it, so its rows are applied only where no newer one was handed over.
 */
export class Snapshot {
  failures = 0;
  readonly #source: SnapshotSource;
  readonly #clock: Clock;
  readonly #rows = new SnapshotRows();
  /** The version that the database was read at last. */
  #base: SnapshotMark | null = null;
  /** What is being taken over from the database, a slice at a time. */
  #arriving: SnapshotMark | null = null;
  /** Changes handed over that no load has covered yet. */
  #handed: Handed[] = [];
  readonly #handedRows = new HandedRows();
  /** Loads asked for so far. */
  #loads = 0;
  /** Number of the load before which a change could not be applied; what is missing comes with the next. */
  #missedBefore: number | null = null;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #queued: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: SnapshotSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The newest version that was taken over; null before the first. */
  get version(): number | null {
    if (this.#base === null) return null;
    return this.#handed.reduce((newest, { version }) => Math.max(newest, version), this.#base.version);
  }

  /** The key with this SHA-256 (lower-case hex), if it may call at all. */
  find(hash: string): GatewayKey | undefined {
    return this.#rows.byHash.get(hash);
  }

  entitlement(id: string): GatewayEntitlement | undefined {
    return this.#rows.entitlements.get(id);
  }

  /** Every entitlement that is known, in no order. */
  entitlements(): Iterable<GatewayEntitlement> {
    return this.#rows.entitlements.values();
  }

  /** Every entitlement with a key that may call. Made anew: not for a call's way. */
  entitlementsWithKeys(): Set<GatewayEntitlement> {
    const found = new Set<GatewayEntitlement>();
    for (const { entitlement } of this.#rows.byId.values()) found.add(entitlement);
    return found;
  }

  get keys(): number {
    return this.#rows.byHash.size;
  }

  /** Milliseconds since the database last confirmed that nothing is missing. */
  ageMs(nowMs: number): number {
    return nowMs - this.#confirmedAt;
  }

  /**
   * Takes over a change that this process has committed: when it resolves, the next call is judged by it. It confirms nothing. One that does not
   * fit on what is held is left to the database.
   * @throws the source's error, when the database had to be read and could not
   */
  async accept(change: SnapshotChange): Promise<void> {
    const newest = this.#arriving === null ? this.version : Math.max(this.#arriving.version, this.version ?? 0);
    const isKnown = [this.#base, ...this.#handed].some((mark) => mark?.version === change.version && mark.stamp === change.stamp);
    if (isKnown && this.#arriving === null) return;
    // Overtaken by a later change, or of another history in which the same numbers are given again: the database knows which.
    if (newest === null || change.version <= newest || this.#missedBefore !== null) return this.#readInstead();
    try {
      this.#handed.push({ version: change.version, stamp: change.stamp, load: this.#loads });
      this.#applyHanded(change);
    } catch {
      await this.#readInstead();
    }
  }

  /** Leaves a change to the database. Until a load that begins after this has succeeded, no later change passes for all that is missing. */
  #readInstead(): Promise<void> {
    this.#missedBefore = this.#loads + 1;
    return this.refresh();
  }

  /**
   * Takes over every change that is committed now. A refresh that is under way may have read before the commit, so the
   * call waits for the one after it; many waiting calls share that one. Two are never under way at once.
   */
  refresh(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#load().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = null;
        return this.refresh();
      });
    return this.#queued;
  }

  /** Confirms the snapshot once per `everyMs`. @returns a function that ends it */
  follow(everyMs: number, onError: (error: Error) => void): () => void {
    const step = async () => {
      try {
        await this.refresh();
      } catch (error) {
        this.failures += 1;
        onError(error as Error);
      }
      if (this.#timer) this.#timer = setTimeout(step, everyMs);
    };
    this.#timer = setTimeout(step, everyMs);
    return () => {
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = null;
    };
  }

  async #load(): Promise<void> {
    const load = ++this.#loads;
    const askedAt = this.#clock.now();
    const change = await this.#source.since(this.#base === null ? [] : [this.#base, ...this.#handed]);
    if (!change.complete && this.#base !== null && change.version < this.#base.version) {
      throw new Error(`the database answered with version ${change.version}, after ${this.#base.version}`);
    }
    await this.#takeOver(change, load);
    this.#base = { version: change.version, stamp: change.stamp };
    // What was handed over before the database was asked is in its answer, or was lost by it.
    this.#handed = this.#handed.filter((handed) => handed.load >= load);
    this.#handedRows.forgetBefore(load);
    if (this.#missedBefore !== null && this.#missedBefore <= load) this.#missedBefore = null;
    this.#confirmedAt = askedAt;
  }

  /** In one go: a change is of one object, or of the entitlements that one step of a plan's edit moves. */
  #applyHanded(change: SnapshotChange): void {
    const rows = this.#rows;
    for (const row of [...change.entitlements, ...change.keys]) this.#handedRows.note(row, this.#loads);
    for (const row of change.plans) rows.setPlan(row);
    for (const row of change.entitlements) rows.setEntitlement(row);
    for (const row of change.keys) rows.setKey(row);
  }

  /**
   * Applies what was read. What takes keys away comes first and in one go: no call is answered by half of a revocation. All else goes in slices,
   * and calls are answered in between.
   */
  async #takeOver(change: SnapshotChange, load: number): Promise<void> {
    this.#arriving = change;
    const rows = this.#rows;
    const isLatest = (row: Versioned) => !this.#handedRows.hasNewer(row, load);
    try {
      if (change.complete) await this.#forgetMissing(change, load);
      for (const row of change.keys) if (isLatest(row)) rows.restrictKey(row);
      await inSlices(change.plans, (row) => rows.setPlan(row));
      await inSlices(change.entitlements, (row) => isLatest(row) && rows.setEntitlement(row));
      await inSlices(change.keys, (row) => isLatest(row) && rows.setKey(row));
    } finally {
      this.#arriving = null;
    }
  }

  /** Forgets what a complete change does not name, but for what was handed over after it was read. */
  async #forgetMissing(change: SnapshotChange, load: number): Promise<void> {
    const { byId, entitlements } = this.#rows;
    const named = new Set<string>();
    for (const rows of [change.keys, change.entitlements]) await inSlices<Versioned>(rows, ({ id }) => named.add(id));
    const isGone = (id: string) => !named.has(id) && !this.#handedRows.hasNewer({ id, snapshotVersion: change.version }, load);
    for (const key of byId.values()) if (isGone(key.id)) this.#rows.removeKey(key);
    await inSlices(entitlements.keys(), (id) => isGone(id) && entitlements.delete(id));
  }
}

/** Rows that are applied without a pause: about a millisecond. */
const SLICE = 1_000;

/** Does something to each of many rows, and lets calls be answered in between. Of a few it is done with all when it returns. */
async function inSlices<Row>(rows: Iterable<Row>, each: (row: Row) => unknown): Promise<void> {
  let count = 0;
  for (const row of rows) {
    if (count === SLICE) {
      await new Promise((resolve) => setImmediate(resolve));
      count = 0;
    }
    each(row);
    count += 1;
  }
}
