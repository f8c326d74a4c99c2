/** Size at which a segment is closed. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Maximum size of one write; the records of one turn may take several. */
export const LARGEST_WRITE_BYTES = 4 * 1024 * 1024;
/** Above this many unsynced bytes, a sync starts without waiting for `fsyncMs`. */
export const SYNC_AT_BYTES = 4 * 1024 * 1024;
/** Above this many unsynced bytes, writes wait for the running sync. */
export const MOST_UNSYNCED_BYTES = 32 * 1024 * 1024;
/** How much the old segment grows after creating a new one failed, before the next attempt. */
export const ROTATE_AGAIN_BYTES = 1024 * 1024;
/** Retry interval after an error of the spool. */
export const PROBE_MS = 1_000;
