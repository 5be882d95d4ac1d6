/**
 * The orderly stop of one process: what is in flight is answered first, then it is asked to stop, then it has a short grace. How
 * long it all takes depends on what is in flight, not on what might be.
 */
import type { InFlightLoad } from '../../gateway/observed.ts'

export interface OrderlyStopOptions {
  /** Ours answer what they have accepted after they were asked to stop; the signal may end others in the middle of it. */
  drainsItself: boolean
  requestTimeoutMs: number
  graceMs: number
  /** By the gateway. */
  load(): InFlightLoad
  /** By its last pong: requests of programs that came to its own port are among them. */
  reportedInFlight(): number
  ask(graceMs: number): void
  kill(reason: string): void
  /** Monotonic ms. */
  now(): number
  /** Wraps what a timer calls. */
  wall(act: () => void): () => void
}

/** How often it is looked whether the last answer is there. */
const LOOK_MS = 50
/** Once asked, a busy process is looked at this often. */
const BUSY_LOOK_MS = 1000

export class OrderlyStop {
  private readonly options: OrderlyStopOptions
  private readonly begunMs: number
  private askedMs: number | null = null
  private timer: NodeJS.Timeout | null = null
  private isOver = false

  constructor(options: OrderlyStopOptions) {
    this.options = options
    this.begunMs = options.now()
  }

  begin(): void {
    if (this.isOver) return
    const { drainsItself, load, requestTimeoutMs } = this.options
    const isDrained = drainsItself || load().count === 0 || this.elapsedMs >= requestTimeoutMs
    if (isDrained) this.ask()
    else
      this.later(LOOK_MS, () => {
        this.begin()
      })
  }

  /** What is left of the grace, for processes that outlive the one that was asked. */
  get graceLeftMs(): number {
    const { graceMs, now } = this.options
    return this.askedMs === null ? 0 : Math.max(0, this.askedMs + graceMs - now())
  }

  dispose(): void {
    this.isOver = true
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private ask(): void {
    const { graceMs, now, ask } = this.options
    this.askedMs = now()
    this.later(graceMs, () => {
      this.judge()
    })
    ask(graceMs)
  }

  private judge(): void {
    const { graceMs, requestTimeoutMs, kill } = this.options
    const isOverdue = this.elapsedMs >= requestTimeoutMs + graceMs
    if (this.isBusy() && !isOverdue) {
      this.later(BUSY_LOOK_MS, () => {
        this.judge()
      })
      return
    }
    const waitedMs = this.options.now() - (this.askedMs ?? 0)
    kill(`it did not exit within ${seconds(waitedMs)} s after it was asked to stop`)
  }

  private isBusy(): boolean {
    return this.options.load().count > 0 || this.options.reportedInFlight() > 0
  }

  private get elapsedMs(): number {
    return this.options.now() - this.begunMs
  }

  private later(ms: number, act: () => void): void {
    if (!this.isOver) this.timer = setTimeout(this.options.wall(act), ms)
  }
}

const seconds = (ms: number) => Math.round(ms / 100) / 10
