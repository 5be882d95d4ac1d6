/** Time, as a parameter: tests turn it by hand. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Unix milliseconds. */
  wall(): number
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

/** Also resolves when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const wake = () => {
      stop()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const stop = clock.after(delayMs, wake)
    signal?.addEventListener('abort', wake, { once: true })
  })
}
