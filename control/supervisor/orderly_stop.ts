/** Graceful stop of one process: wait for requests in flight, ask it to stop, then a short grace period. */
import { message, type Message } from '../../protocol/messages.ts'
import type { InFlightLoad } from '../../gateway/observed.ts'
import { Timer } from '../../protocol/disposables.ts'

export interface OrderlyStopOptions {
  /** Built-in backends answer accepted requests after the stop signal; it may abort those of others. */
  drainsItself: boolean
  requestTimeoutMs: number
  graceMs: number
  load(): InFlightLoad
  /** According to the last pong, which includes requests of direct clients. */
  reportedInFlight(): number
  ask(graceMs: number): void
  kill(reason: Message): void
  now(): number
  wall(act: () => void): () => void
}

const LOOK_MS = 50
const BUSY_LOOK_MS = 1000

export class OrderlyStop {
  private readonly options: OrderlyStopOptions
  private readonly begunMs: number
  private askedMs: number | null = null
  private readonly timer = new Timer()
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
    else this.later(LOOK_MS, () => this.begin())
  }

  get graceLeftMs(): number {
    const { graceMs, now } = this.options
    return this.askedMs === null ? 0 : Math.max(0, this.askedMs + graceMs - now())
  }

  dispose(): void {
    this.isOver = true
    this.timer.dispose()
  }

  private ask(): void {
    const { graceMs, now, ask } = this.options
    this.askedMs = now()
    this.later(graceMs, () => this.judge())
    ask(graceMs)
  }

  private judge(): void {
    const { graceMs, requestTimeoutMs, kill } = this.options
    const isOverdue = this.elapsedMs >= requestTimeoutMs + graceMs
    if (this.isBusy() && !isOverdue) {
      this.later(BUSY_LOOK_MS, () => this.judge())
      return
    }
    const waitedMs = this.options.now() - (this.askedMs ?? 0)
    kill(message('reason.not_exited', { seconds: seconds(waitedMs) }))
  }

  private isBusy(): boolean {
    return this.options.load().count > 0 || this.options.reportedInFlight() > 0
  }

  private get elapsedMs(): number {
    return this.options.now() - this.begunMs
  }

  private later(ms: number, act: () => void): void {
    this.timer.set(ms, this.options.wall(act))
  }
}

const seconds = (ms: number) => Math.round(ms / 100) / 10
