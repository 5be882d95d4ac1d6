/** Time, handed in from outside: nothing of the control plane reads a clock of its own, so that tests can turn it. */
export interface Clock {
  /** Unix milliseconds: what people and files are told. */
  wall(): number
  /** Milliseconds that no correction of the system's time moves: what durations are measured with. */
  monotonic(): number
}
