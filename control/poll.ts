/** Repeats a job, one run at a time, as often as somebody needs its result. */

export interface PollOptions {
  /** `signal` is aborted by close(). */
  run(signal: AbortSignal): Promise<void>
  /** A run rejected; the next one follows as usual. */
  onFault(error: unknown): void
  /** From the end of a run to the next one; null: the poll rests until wake(). */
  pauseMs(): number | null
}

export class Poll {
  private readonly options: PollOptions
  private readonly closing = new AbortController()
  private timer: NodeJS.Timeout | null = null
  private running: Promise<void> | null = null
  /** null before the first run. */
  private endedMs: number | null = null

  constructor(options: PollOptions) {
    this.options = options
  }

  /** `pauseMs` may answer differently from now on: runs immediately when the last run is older than the new pause. */
  wake(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (this.running !== null || this.closing.signal.aborted) return
    const pauseMs = this.options.pauseMs()
    if (pauseMs === null) return
    const sinceMs = this.endedMs === null ? Infinity : performance.now() - this.endedMs
    this.timer = setTimeout(
      () => {
        this.timer = null
        this.runNow()
      },
      Math.max(0, pauseMs - sinceMs),
    )
  }

  /** Runs now, whatever the pause is; a run that is under way is the one. */
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

  /** Resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.closing.abort()
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    await this.running
  }
}
