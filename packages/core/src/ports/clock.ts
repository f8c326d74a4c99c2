/** Time in epoch ms that never steps back: a monotonic clock, anchored to wall time at start. */
export interface Clock {
  now(): number;
}
