/** Retries a start once closed connections release the port; one pending retry per backend. */

/** The kernel releases a port slightly late. */
const MARGIN_MS = 1000

export class PortRetries {
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private isClosed = false

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
