/** A segment that has grown over this is closed. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;
/** A turn of the loop that brings more than this is written in several pieces. */
export const LARGEST_WRITE_BYTES = 4 * 1024 * 1024;
/** So much that is not synced is synced without waiting for `fsyncMs`. */
export const SYNC_AT_BYTES = 4 * 1024 * 1024;
/** With so much that is not synced, nothing is written until the sync that is under way returns. */
export const MOST_UNSYNCED_BYTES = 32 * 1024 * 1024;
/** After a new segment could not be made, the old one grows by this much before the next try. */
export const ROTATE_AGAIN_BYTES = 1024 * 1024;
/** How long a spool with a fault waits before it tries again by itself. */
export const PROBE_MS = 1_000;
