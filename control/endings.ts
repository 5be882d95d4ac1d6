/** Shutdown: graceful on the first request or a fatal error, immediate on the second request. */
import { constants } from 'node:os'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import type { Terminal } from './terminal.ts'

export interface Stoppable {
  /** Stops every backend in order, after requests in flight are answered. */
  close(): Promise<void>
  kill(): void
  report(message: string): void
}

export interface EndingsOptions {
  terminal: Terminal
  /** Ends this process. Called once; `fatal` is the uncaught error, if any. */
  exit(code: number, fatal: string | null): void
  now(): number
}

/** After a fatal error, requests in flight do not get their full time. */
const FATAL_STOP_MS_MAX = 10_000
/** After a kill, time for the kernel to clean up and for the log files to be flushed. */
const KILLED_MS_MAX = 2000
/** npm forwards a Ctrl+C that the terminal has already sent to the process: both are one press. */
const SAME_PRESS_MS = 300
/** An error at each tick of a timer must not fill the log during shutdown. */
const FATAL_LINES_MAX = 20

export class Endings {
  private readonly options: EndingsOptions
  private running: Stoppable | null = null
  private closing: Promise<void> | null = null
  private request: { name: string; atMs: number } | null = null
  private exitCode: number = EXIT_CODES.ok
  private firstFatal: string | null = null
  private fatalCount = 0
  private isKilling = false
  private isExiting = false

  constructor(options: EndingsOptions) {
    this.options = options
  }

  opened(running: Stoppable): void {
    this.running = running
  }

  asked(name: string): void {
    const atMs = this.options.now()
    const { request } = this
    if (this.running === null) {
      void this.exit(exitCodeOf(name))
      return
    }
    if (request === null && this.closing === null) {
      this.request = { name, atMs }
      this.options.terminal.note(`${name}: stopping the backends. Repeat to stop immediately.`)
      this.stop(this.running)
      return
    }
    if (request?.name === name && atMs - request.atMs < SAME_PRESS_MS) return
    this.exitCode = exitCodeOf(name)
    this.kill(`${name}: stopping immediately. Requests in flight are lost.`)
  }

  /** After an uncaught error the state in memory cannot be trusted. */
  fatal(kind: string, error: unknown): void {
    const message = `Unexpected error (${kind}): ${stackOf(error)}`
    this.fatalCount++
    this.firstFatal ??= message
    if (this.fatalCount <= FATAL_LINES_MAX) this.report(message)
    if (this.running === null) {
      void this.exit(EXIT_CODES.internal)
      return
    }
    if (this.fatalCount > 1) return
    this.exitCode = EXIT_CODES.internal
    setTimeout(() => {
      this.kill(`The stop took longer than ${FATAL_STOP_MS_MAX / 1000} s. Stopping immediately.`)
    }, FATAL_STOP_MS_MAX)
    if (this.closing === null) this.stop(this.running)
  }

  private stop(running: Stoppable): void {
    // In its own turn, so that a synchronous throw rejects as well.
    this.closing = Promise.resolve().then(() => running.close())
    this.closing.then(
      () => {
        if (!this.isKilling) void this.exit(this.exitCode)
      },
      (error: unknown) => {
        this.exitCode ||= EXIT_CODES.internal
        this.kill(`The stop failed: ${stackOf(error)}`)
      },
    )
  }

  private kill(why: string): void {
    if (this.isKilling) return
    this.isKilling = true
    const { closing } = this
    this.report(why)
    try {
      this.running?.kill()
    } catch (error) {
      this.report(`A process could not be killed: ${stackOf(error)}`)
    }
    const exit = () => {
      clearTimeout(timer)
      void this.exit(this.exitCode)
    }
    const timer = setTimeout(exit, KILLED_MS_MAX)
    closing?.then(exit, exit)
  }

  private report(message: string): void {
    const { running, options } = this
    try {
      if (running === null) options.terminal.note(message)
      else running.report(message)
    } catch {
      // The log itself may have failed.
      options.terminal.note(message)
    }
  }

  private async exit(code: number): Promise<void> {
    if (this.isExiting) return
    this.isExiting = true
    const isWritten = await this.options.terminal.flush()
    // A thread blocked by the paused Windows console would block the exit as well.
    if (!isWritten && process.platform === 'win32') process.kill(process.pid, 'SIGKILL')
    this.options.exit(code, this.firstFatal)
  }
}

function exitCodeOf(name: string): number {
  const number = (constants.signals as Record<string, number>)[name]
  return number === undefined ? EXIT_CODES.internal : 128 + number
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Uncaught errors shut the program down; Node's warnings are logged. */
export function watchProcess(endings: Endings, warn: (message: string) => void): void {
  process.on('uncaughtException', (error, origin) => {
    endings.fatal(origin, error)
  })
  process.on('unhandledRejection', (reason) => {
    endings.fatal('unhandledRejection', reason)
  })
  // Node itself would write them to the terminal synchronously.
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    warn(`${name}: ${message}`)
  })
}
