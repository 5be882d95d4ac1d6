/** Log lines about one client: repeats are counted instead of written, so that one client cannot push out the lines of others. */

export interface RepeatedLinesOptions<About> {
  add(message: string, about: About): void
  now(): number
}

const WINDOW_MS = 10_000
const LINES_MAX = 50

export class RepeatedLines<About> {
  private readonly options: RepeatedLinesOptions<About>
  private readonly counts = new Map<string, { repeats: number; about: About }>()
  private leftOut = 0
  private startedMs = -Infinity

  constructor(options: RepeatedLinesOptions<About>) {
    this.options = options
  }

  /** `about` is logged with the line and is ignored in the comparison. */
  add(message: string, about: About): void {
    const nowMs = this.options.now()
    if (nowMs - this.startedMs >= WINDOW_MS) {
      this.flush(about)
      this.startedMs = nowMs
    }
    const known = this.counts.get(message)
    if (known !== undefined) {
      known.repeats++
      known.about = about
    } else if (this.counts.size < LINES_MAX) {
      this.counts.set(message, { repeats: 0, about })
      this.options.add(message, about)
    } else this.leftOut++
  }

  /** Writes the counts. Call it when the client has disconnected. */
  flush(about: About): void {
    for (const [message, { repeats, about: last }] of this.counts) {
      if (repeats > 0) this.options.add(`${message} (repeated ${repeats} times)`, last)
    }
    if (this.leftOut > 0) {
      this.options.add(`${this.leftOut} more warnings about this client were not logged`, about)
    }
    this.counts.clear()
    this.leftOut = 0
  }
}
