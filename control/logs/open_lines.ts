/** When the line that a program has begun and not ended is shown: a prompt soon, a progress bar now and then. */

/** A line that is being written is complete within this. */
export const OPEN_LINE_MS = 500
/** A progress bar changes many times a second; each state that is shown stays in the log. */
export const PROGRESS_MS = 5000

export interface OpenLine {
  /** Something was begun that is not shown yet. */
  readonly hasOpen: boolean
  emitOpen(): void
}

export class OpenLines {
  private readonly line: OpenLine
  private readonly later: (delayMs: number, act: () => void) => () => void
  private revoke: (() => void) | null = null
  /** The line that is open was shown before: it changes. */
  private isShown = false

  /** `later` calls `act` after `delayMs`; it returns what revokes it. */
  constructor(line: OpenLine, later: OpenLines['later']) {
    this.line = line
    this.later = later
  }

  /** After each piece of output. `hasEnded`: a line end was in it. */
  noteOutput(hasEnded: boolean): void {
    if (hasEnded) this.close()
    // Not from the last output on: a progress bar that never rests would never be shown.
    if (this.revoke === null && this.line.hasOpen) this.wait()
  }

  /** The line has ended, or the output has. */
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
