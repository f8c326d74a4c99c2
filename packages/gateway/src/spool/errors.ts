import type { SpoolOwner } from './segments.ts';

/** The spool is damaged. The message names the file and how to fix it. */
export class SpoolDamageError extends Error {
  override name = 'SpoolDamageError';
  readonly file: string;
  /** Byte offset in the file. */
  readonly offset: number;
  constructor(file: string, offset: number, reason: string) {
    super(
      `the spool is damaged: ${file} at byte ${offset}: ${reason}. Nothing was changed. Keep a copy of the file; ` +
        `\`truncate -s ${offset} ${file}\` (and moving later segments away) discards the records after it`,
    );
    this.file = file;
    this.offset = offset;
  }
}

/**
 * The cursor of the database is before the spool's first record: neither has the usage in between.
 */
export class SpoolGapError extends Error {
  override name = 'SpoolGapError';
  constructor(file: string, cursor: number, base: number) {
    super(
      `the database is older than the spool: it has the usage up to byte ${cursor}, and the spool starts at byte ${base} (${file}). Nothing was changed. ` +
        'Restore a newer backup of the database, or restore the missing files of the spool. To discard the usage in between, move ' +
        '`spool/` and `gateway.json` out of the data directory',
    );
  }
}

/** The spool belongs to another gateway than the data directory and the database. */
export class SpoolOwnerError extends Error {
  override name = 'SpoolOwnerError';
  constructor(file: string, found: SpoolOwner, owner: SpoolOwner) {
    super(
      `the spool belongs to another gateway: ${file} belongs to gateway ${found.gatewayId} of installation ${found.installationId}; ` +
        `gateway.json names gateway ${owner.gatewayId} of installation ${owner.installationId}. Nothing was changed. ` +
        '`spool/` and `gateway.json` belong together: restore the one that was replaced, or move both out of the data directory',
    );
  }
}

/** The record exceeds the size limit and was not written. */
export class RecordTooLargeError extends Error {
  override name = 'RecordTooLargeError';
  constructor(bytes: number, limit: number) {
    super(`a usage record of ${bytes} bytes can't be written; the limit is ${limit} bytes`);
  }
}
