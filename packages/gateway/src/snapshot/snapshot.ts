import type { Clock, SnapshotChange, SnapshotMark, SnapshotSource } from '@api-factory/core';
import { HandedRows, type Versioned } from './handed-rows.ts';
import { type GatewayEntitlement, type GatewayKey, SnapshotRows } from './rows.ts';

export { type GatewayEntitlement, type GatewayKey, type GatewayPlan, identityOf, type LeaseState } from './rows.ts';

/** A change that was accepted while `load` was the number of the latest load. */
interface AcceptedMark extends SnapshotMark {
  load: number;
}

/**
 * The keys in memory: loaded at the start, then updated in two ways. Changes of this process are
 * passed to `accept` right after their commit. The database is read once a second, which alone
 * confirms that nothing is missing. A result that was read before a change may arrive after it, so
 * its rows are applied only if no newer version was accepted.
 */
export class Snapshot {
  failures = 0;
  readonly #source: SnapshotSource;
  readonly #clock: Clock;
  readonly #rows = new SnapshotRows();
  /** The version of the last load. */
  #base: SnapshotMark | null = null;
  /** The load that is being applied, slice by slice. */
  #arriving: SnapshotMark | null = null;
  /** Accepted changes that no load covers yet. */
  #accepted: AcceptedMark[] = [];
  readonly #acceptedRows = new HandedRows();
  /** Number of loads started. */
  #loads = 0;
  /** A change could not be applied: this load, or a later one, includes it. */
  #missedBefore: number | null = null;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #queued: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: SnapshotSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The newest applied version; null before the first. */
  get version(): number | null {
    if (this.#base === null) return null;
    return this.#accepted.reduce((newest, { version }) => Math.max(newest, version), this.#base.version);
  }

  /** The key with this SHA-256 (lower-case hex), unless it is revoked. */
  find(hash: string): GatewayKey | undefined {
    return this.#rows.byHash.get(hash);
  }

  entitlement(id: string): GatewayEntitlement | undefined {
    return this.#rows.entitlements.get(id);
  }

  /** All entitlements, in no particular order. */
  entitlements(): Iterable<GatewayEntitlement> {
    return this.#rows.entitlements.values();
  }

  /** Entitlements with a key that is not revoked. Builds a new set: not for the hot path. */
  entitlementsWithKeys(): Set<GatewayEntitlement> {
    const found = new Set<GatewayEntitlement>();
    for (const { entitlement } of this.#rows.byId.values()) found.add(entitlement);
    return found;
  }

  get keys(): number {
    return this.#rows.byHash.size;
  }

  /** Milliseconds since the last load. */
  ageMs(nowMs: number): number {
    return nowMs - this.#confirmedAt;
  }

  /**
   * Applies a change that this process has committed: it is in effect for the next call when this
   * resolves. It does not confirm the snapshot. If the change can't be applied on top of the
   * current state, the database is read instead.
   * @throws the source's error if the database had to be read and that failed
   */
  async accept(change: SnapshotChange): Promise<void> {
    const newest = this.#arriving === null ? this.version : Math.max(this.#arriving.version, this.version ?? 0);
    const isKnown = [this.#base, ...this.#accepted].some((mark) => mark?.version === change.version && mark.stamp === change.stamp);
    if (isKnown && this.#arriving === null) return;
    // Arrived after a later change, or from another history that reuses version numbers: the
    // database decides.
    if (newest === null || change.version <= newest || this.#missedBefore !== null) return this.#readInstead();
    try {
      this.#accepted.push({ version: change.version, stamp: change.stamp, load: this.#loads });
      this.#applyAccepted(change);
    } catch {
      await this.#readInstead();
    }
  }

  /**
   * Reads a change from the database. Later changes are read as well, until a load that starts
   * after this has succeeded.
   */
  #readInstead(): Promise<void> {
    this.#missedBefore = this.#loads + 1;
    return this.refresh();
  }

  /**
   * Applies every change that is committed now. A running refresh may have read too early, so the
   * call waits for the next one, which all waiting calls share. Only one runs at a time.
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

  /** Refreshes every `everyMs`. @returns a function that stops it */
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
    const requestedAt = this.#clock.now();
    const change = await this.#source.since(this.#base === null ? [] : [this.#base, ...this.#accepted]);
    if (!change.complete && this.#base !== null && change.version < this.#base.version) {
      throw new Error(`the database answered with version ${change.version}, after ${this.#base.version}`);
    }
    await this.#applyLoad(change, load);
    this.#base = { version: change.version, stamp: change.stamp };
    // Changes accepted before the load are in its result, or the database has lost them.
    this.#accepted = this.#accepted.filter((accepted) => accepted.load >= load);
    this.#acceptedRows.forgetBefore(load);
    if (this.#missedBefore !== null && this.#missedBefore <= load) this.#missedBefore = null;
    this.#confirmedAt = requestedAt;
  }

  /**
   * Synchronous: a change affects one object, or one chunk of the entitlements of a changed plan.
   */
  #applyAccepted(change: SnapshotChange): void {
    const rows = this.#rows;
    for (const row of [...change.entitlements, ...change.keys]) this.#acceptedRows.note(row, this.#loads);
    for (const row of change.plans) rows.setPlan(row);
    for (const row of change.entitlements) rows.setEntitlement(row);
    for (const row of change.keys) rows.setKey(row);
  }

  /**
   * Applies a load. Revocations and restrictions come first, synchronously, so that no call sees
   * only some of them. The rest is applied in slices, with calls in between.
   */
  async #applyLoad(change: SnapshotChange, load: number): Promise<void> {
    this.#arriving = change;
    const rows = this.#rows;
    const isLatest = (row: Versioned) => !this.#acceptedRows.hasNewer(row, load);
    try {
      if (change.complete) await this.#removeMissing(change, load);
      for (const row of change.keys) if (isLatest(row)) rows.restrictKey(row);
      await inSlices(change.plans, (row) => rows.setPlan(row));
      await inSlices(change.entitlements, (row) => isLatest(row) && rows.setEntitlement(row));
      await inSlices(change.keys, (row) => isLatest(row) && rows.setKey(row));
    } finally {
      this.#arriving = null;
    }
  }

  /**
   * Removes what a complete change does not contain, except rows that were accepted after it was
   * read.
   */
  async #removeMissing(change: SnapshotChange, load: number): Promise<void> {
    const { byId, entitlements } = this.#rows;
    const ids = new Set<string>();
    for (const rows of [change.keys, change.entitlements]) await inSlices<Versioned>(rows, ({ id }) => ids.add(id));
    const isMissing = (id: string) => !ids.has(id) && !this.#acceptedRows.hasNewer({ id, snapshotVersion: change.version }, load);
    for (const key of byId.values()) if (isMissing(key.id)) this.#rows.removeKey(key);
    await inSlices(entitlements.keys(), (id) => isMissing(id) && entitlements.delete(id));
  }
}

/** Rows applied synchronously: about a millisecond. */
const SLICE = 1_000;

/**
 * Calls `each` for every row and yields to the event loop between slices. Up to one slice is
 * synchronous.
 */
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
