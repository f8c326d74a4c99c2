import type { SpoolOwner } from './segments.ts';

/** The spool can't be used as it lies there. The message names the file and the way to mend it. */
export class SpoolDamageError extends Error {
  override name = 'SpoolDamageError';
  readonly file: string;
  /** Byte offset in the file. */
  readonly offset: number;
  constructor(file: string, offset: number, reason: string) {
    super(
      `the spool is damaged: ${file} at byte ${offset}: ${reason}. Nothing was changed. Keep a copy of the file; ` +
        `\`truncate -s ${offset} ${file}\` (and moving later segments away) gives up what lies behind it`,
    );
    this.file = file;
    this.offset = offset;
  }
}

/** The database stands before the spool's first record: what lies between is in neither. */
export class SpoolGapError extends Error {
  override name = 'SpoolGapError';
  constructor(file: string, cursor: number, base: number) {
    super(
      `the database is older than the spool: it has the usage up to byte ${cursor}, and the spool begins at byte ${base} (${file}). Nothing was changed. ` +
        'Restore a newer back-up of the database, or bring back the missing files of the spool. To give up the usage in between, move ' +
        '`spool/` and `gateway.json` out of the data directory',
    );
  }
}

/** The spool was written by another gateway than the one that this data directory and database are. */
export class SpoolOwnerError extends Error {
  override name = 'SpoolOwnerError';
  constructor(file: string, found: SpoolOwner, owner: SpoolOwner) {
    super(
      `the spool is another one’s: ${file} belongs to gateway ${found.gatewayId} of installation ${found.installationId}; ` +
        `gateway.json names gateway ${owner.gatewayId} of installation ${owner.installationId}. Nothing was changed. ` +
        '`spool/` and `gateway.json` belong together: bring back the one that was replaced, or move both out of the data directory',
    );
  }
}

/** A record is longer than a record may be, so that it was not written. */
export class RecordTooLargeError extends Error {
  override name = 'RecordTooLargeError';
  constructor(bytes: number, limit: number) {
    super(`a usage record of ${bytes} bytes can't be written; the limit is ${limit} bytes`);
  }
}
