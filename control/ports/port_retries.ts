/** Tries again once a port is free that closed connections occupy; one wait for each backend. */

/** The kernel forgets a connection a little after its time. */
const MARGIN_MS = 1000

export class PortRetries {
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private isClosed = false

  /** Replaces an earlier wait of the same backend. */
  retryIn(seconds: number, id: string, retry: () => void): void {
    clearTimeout(this.timers.get(id))
    if (this.isClosed) return
    const run = () => {
      this.timers.delete(id)
      retry()
    }
    this.timers.set(id, setTimeout(run, seconds * 1000 + MARGIN_MS))
  }

  close(): void {
    this.isClosed = true
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
  }
}
