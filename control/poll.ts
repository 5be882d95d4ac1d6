/** Repeats a job sequentially, as often as its result is needed. */
import { Timer } from '../protocol/disposables.ts'

export interface PollOptions {
  /** `close` aborts `signal`. */
  run(signal: AbortSignal): Promise<void>
  /** A run rejected; the next one follows as usual. */
  onFault(error: unknown): void
  /** Pause after a run; null suspends the poll until wake(). */
  pauseMs(): number | null
}

export class Poll {
  private readonly options: PollOptions
  private readonly closing = new AbortController()
  private readonly timer = new Timer()
  private running: Promise<void> | null = null
  private endedMs: number | null = null

  constructor(options: PollOptions) {
    this.options = options
  }

  /** Call when `pauseMs` may have changed: runs immediately if the last run is older than the new pause. */
  wake(): void {
    this.timer.clear()
    if (this.running !== null || this.closing.signal.aborted) return
    const pauseMs = this.options.pauseMs()
    if (pauseMs === null) return
    const sinceMs = this.endedMs === null ? Infinity : performance.now() - this.endedMs
    this.timer.set(Math.max(0, pauseMs - sinceMs), () => this.runNow())
  }

  /** Runs now, regardless of the pause; joins a run in progress. */
  runNow(): void {
    if (this.running !== null || this.closing.signal.aborted) return
    const { run, onFault } = this.options
    this.running = run(this.closing.signal)
      .catch(onFault)
      .then(() => {
        this.running = null
        this.endedMs = performance.now()
        this.wake()
      })
  }

  async close(): Promise<void> {
    this.closing.abort()
    this.timer.dispose()
    await this.running
  }
}
