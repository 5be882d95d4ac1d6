/** A line being written is complete within this time. */
export const OPEN_LINE_MS = 500
/** A progress bar changes often, and each shown state stays in the log. */
export const PROGRESS_MS = 5000

export interface OpenLine {
  readonly hasOpen: boolean
  emitOpen(): void
}

export class OpenLines {
  private readonly line: OpenLine
  private readonly later: (delayMs: number, act: () => void) => () => void
  private revoke: (() => void) | null = null
  private isShown = false

  /** `later` calls `act` after `delayMs` and returns a function that cancels it. */
  constructor(line: OpenLine, later: OpenLines['later']) {
    this.line = line
    this.later = later
  }

  noteOutput(hasEnded: boolean): void {
    if (hasEnded) this.close()
    // Not restarted by output: a progress bar that never pauses would never be shown.
    if (this.revoke === null && this.line.hasOpen) this.wait()
  }

  close(): void {
    this.revoke?.()
    this.revoke = null
    this.isShown = false
  }

  private wait(): void {
    this.revoke = this.later(this.isShown ? PROGRESS_MS : OPEN_LINE_MS, () => {
      this.revoke = null
      this.line.emitOpen()
      this.isShown = true
    })
  }
}
