/** Injected time: no module of the control plane reads the system clock, so that tests can control it. */
export interface Clock {
  /** Unix milliseconds, for display and files. */
  wall(): number
  /** Milliseconds that no correction of the system's time moves: what durations are measured with. */
  monotonic(): number
}
