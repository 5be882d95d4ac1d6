/** Retries a start once closed connections release the port; one pending retry per backend. */
import { Disposables, type Timer } from '../../protocol/disposables.ts'

/** The kernel releases a port slightly late. */
const MARGIN_MS = 1000

export class PortRetries {
  private readonly opened = new Disposables()
  private readonly timers = new Map<string, Timer>()

  /** Replaces an earlier wait of the same backend. */
  retryIn(seconds: number, id: string, retry: () => void): void {
    const timer = this.timers.get(id) ?? this.opened.timer()
    this.timers.set(id, timer)
    timer.set(seconds * 1000 + MARGIN_MS, retry)
  }

  close(): void {
    void this.opened.dispose()
  }
}
