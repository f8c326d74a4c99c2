/** A row of a change, or the marker of a removed one. */
export interface Versioned {
  id: string;
  snapshotVersion: number;
}

/**
 * Versions of the rows in changes accepted since the database was last read, revoked keys included:
 * a result that was read earlier must not undo them.
 */
export class HandedRows {
  readonly #rows = new Map<string, { version: number; load: number }>();

  /** Records a row that was accepted while `load` was the number of the latest load. */
  note({ id, snapshotVersion }: Versioned, load: number): void {
    this.#rows.set(id, { version: snapshotVersion, load });
  }

  /**
   * Whether a newer version of this row was accepted since load number `load` was requested.
   * Earlier ones don't count: if the database lacks them, it has lost them.
   */
  hasNewer({ id, snapshotVersion }: Versioned, load: number): boolean {
    const known = this.#rows.get(id);
    return known !== undefined && known.load >= load && known.version > snapshotVersion;
  }

  /** Removes the rows that load number `load` covers. */
  forgetBefore(load: number): void {
    for (const [id, row] of this.#rows) if (row.load < load) this.#rows.delete(id);
  }
}
