/** Handle on the search thread: one request at a time, terminated after a time limit. */
import { Worker } from 'node:worker_threads'
import { Timer } from '../../protocol/disposables.ts'
import { ControlError, saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { FromSearchThread, ToSearchThread } from './search_messages.ts'

/** A longer delay means that the thread failed to start, not that the pattern is slow. */
const START_MS = 10_000
/** Above it the thread fails and the control plane continues. The lines are outside of its heap. */
const HEAP_MIB = 512

export type Answer = Exclude<FromSearchThread, { type: 'alive' }>

interface Asked {
  limitMs: number
  resolve(answer: Answer): void
  reject(error: ControlError): void
}

export class SearchThread {
  private readonly worker: Worker
  private asked: Asked | null = null
  private readonly timer = new Timer()
  private isOver = false

  constructor(entry: URL) {
    this.worker = new Worker(entry, {
      name: 'log-search',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    // The timer keeps the program alive during a request; an idle thread must not.
    this.worker.unref()
    this.worker.on('message', (answer: FromSearchThread) => this.receive(answer))
    this.worker.on('error', (error) => {
      this.fail(new ControlError('search_failed', message('logs.ended', { reason: saidBy(error) })))
    })
    this.worker.on('exit', (code) => {
      this.fail(new ControlError('search_failed', message('logs.ended_with', { code })))
    })
  }

  get isUsable(): boolean {
    return !this.isOver
  }

  /** Rejects with `search_timeout` and ends the thread when it makes no progress for `limitMs`. Call it sequentially. */
  ask(question: ToSearchThread, limitMs: number): Promise<Answer> {
    if (this.asked !== null) throw new Error('the search thread handles one request at a time')
    return new Promise((resolve, reject) => {
      this.asked = { limitMs, resolve, reject }
      this.watch(START_MS)
      this.worker.postMessage(question)
    })
  }

  /** Ends the thread, even within a match; a pending request rejects with `reason`. */
  async end(reason: ControlError): Promise<void> {
    this.fail(reason)
    await this.worker.terminate()
  }

  private watch(limitMs: number): void {
    this.timer.set(limitMs, () => {
      // If this thread was blocked, the response may have arrived: it is read before the next `immediate`.
      const { asked } = this
      setImmediate(() => {
        if (this.asked === asked && asked !== null && !this.timer.isSet) this.expire(limitMs)
      })
    })
  }

  private expire(limitMs: number): void {
    const reason = new ControlError(
      'search_timeout',
      message('logs.timeout', { seconds: limitMs / 1000 }),
    )
    // The request is rejected immediately; nothing waits for the end.
    this.end(reason).catch(() => undefined)
  }

  private receive(answer: FromSearchThread): void {
    if (this.asked === null) return
    if (answer.type === 'alive') this.watch(this.asked.limitMs)
    else this.settle()?.resolve(answer)
  }

  private fail(error: ControlError): void {
    this.isOver = true
    this.settle()?.reject(error)
  }

  private settle(): Asked | null {
    const { asked } = this
    this.asked = null
    this.timer.clear()
    return asked
  }
}
