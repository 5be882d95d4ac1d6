/** Time, as a parameter: tests turn it by hand. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Unix milliseconds. */
  wall(): number
  /** Runs `act` once after `delayMs`; the returned function prevents it. */
  after(delayMs: number, act: () => void): () => void
}

export const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs)
    return () => clearTimeout(timer)
  },
}
