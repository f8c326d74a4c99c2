/** A row of a change, or what stands for one that is gone. */
export interface Versioned {
  id: string;
  snapshotVersion: number;
}

/**
 * Remembers the version of each row that was handed over since the database was read, revoked keys included: an answer that was read before must
 * not undo it.
 */
export class HandedRows {
  readonly #rows = new Map<string, { version: number; load: number }>();

  /** Notes a row that is handed over while load number `load` is the last one asked for. */
  note({ id, snapshotVersion }: Versioned, load: number): void {
    this.#rows.set(id, { version: snapshotVersion, load });
  }

  /**
   * Whether a newer row than this one, from load number `load`, was handed over since that was asked for. What was handed over earlier does
   * not count: a database that does not have it has lost it.
   */
  hasNewer({ id, snapshotVersion }: Versioned, load: number): boolean {
    const known = this.#rows.get(id);
    return known !== undefined && known.load >= load && known.version > snapshotVersion;
  }

  /** Forgets what load number `load` has covered. */
  forgetBefore(load: number): void {
    for (const [id, row] of this.#rows) if (row.load < load) this.#rows.delete(id);
  }
}
