/** The main thread's handle on the search thread: one request at a time, ended when it takes too long. */
import { Worker } from 'node:worker_threads'
import type { LogErrorCode } from '../../protocol/logs.ts'
import type { FromSearchThread, ToSearchThread } from './search_messages.ts'

/** Expected failures of a search or an export; `message` says what is wrong and what would be right. */
export class LogError extends Error {
  readonly code: LogErrorCode

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** From here on it is not the expression that is slow: the thread does not come up. */
const START_MS = 10_000
/** Beyond it the thread ends with an error, and the control plane goes on. The lines themselves lie outside of its heap. */
const HEAP_MIB = 512

export type Answer = Exclude<FromSearchThread, { type: 'alive' }>

interface Asked {
  limitMs: number
  resolve(answer: Answer): void
  reject(error: LogError): void
}

export class SearchThread {
  private readonly worker: Worker
  private asked: Asked | null = null
  private timer: NodeJS.Timeout | null = null
  private isOver = false

  /** `entry` is the bundled search_worker.ts. */
  constructor(entry: URL) {
    this.worker = new Worker(entry, {
      name: 'log-search',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    // While it is asked something the timer keeps the program alive; idle, the thread must not.
    this.worker.unref()
    this.worker.on('message', (message: FromSearchThread) => {
      this.receive(message)
    })
    this.worker.on('error', (error) => {
      this.fail(new LogError('search_failed', `the log search ended: ${String(error)}`))
    })
    this.worker.on('exit', (code) => {
      this.fail(new LogError('search_failed', `the log search ended with code ${code}`))
    })
  }

  /** False when the thread has ended: it takes no more requests. */
  get isUsable(): boolean {
    return !this.isOver
  }

  /**
   * Resolves with the answer. Rejects with `search_timeout` when the thread, once at work, shows no sign of life for `limitMs`;
   * it has been ended then. One request at a time.
   */
  ask(message: ToSearchThread, limitMs: number): Promise<Answer> {
    if (this.asked !== null) throw new Error('the search thread answers one request at a time')
    return new Promise((resolve, reject) => {
      this.asked = { limitMs, resolve, reject }
      this.watch(START_MS)
      this.worker.postMessage(message)
    })
  }

  /** Ends the thread, in the middle of an expression too; what was asked is rejected with `reason`. */
  async end(reason: LogError): Promise<void> {
    this.fail(reason)
    await this.worker.terminate()
  }

  private watch(limitMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      // When this thread itself was held up, the answer may have come meanwhile: it is read before the next `immediate`.
      const { timer } = this
      setImmediate(() => {
        if (this.timer === timer && this.asked !== null) this.expire(limitMs)
      })
    }, limitMs)
  }

  private expire(limitMs: number): void {
    const reason = new LogError(
      'search_timeout',
      `the search was ended after ${limitMs / 1000} s: the pattern takes too long on these lines; use a simpler one, without nested repetitions such as (a+)+, or search for plain text`,
    )
    // Its end has nothing more to say: the request is rejected at once.
    this.end(reason).catch(() => undefined)
  }

  private receive(message: FromSearchThread): void {
    if (this.asked === null) return
    if (message.type === 'alive') this.watch(this.asked.limitMs)
    else this.settle()?.resolve(message)
  }

  private fail(error: LogError): void {
    this.isOver = true
    this.settle()?.reject(error)
  }

  private settle(): Asked | null {
    const { asked } = this
    this.asked = null
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    return asked
  }
}
