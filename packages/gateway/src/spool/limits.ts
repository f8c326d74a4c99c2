/** Size at which a segment is closed. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Size of one write; more records of a turn are written in several. */
export const LARGEST_WRITE_BYTES = 4 * 1024 * 1024;
/** This many unsynced bytes are synced without waiting for `fsyncMs`. */
export const SYNC_AT_BYTES = 4 * 1024 * 1024;
/** With this many unsynced bytes, writes wait for the running sync. */
export const MOST_UNSYNCED_BYTES = 32 * 1024 * 1024;
/** After creating a segment failed, the old one grows by this much before the next attempt. */
export const ROTATE_AGAIN_BYTES = 1024 * 1024;
/** Retry interval of a spool with an error. */
export const PROBE_MS = 1_000;
