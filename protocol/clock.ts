/** Injected so that tests control time. */
export interface Clock {
  wall(): number
  /** Monotonic milliseconds, for durations. */
  monotonic(): number
}
