/** Wall time in epoch ms that never steps back: monotonic, anchored to wall time at start. */
export interface Clock {
  now(): number;
}
