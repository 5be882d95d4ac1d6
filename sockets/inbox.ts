/**
 * Reads the messages of one WebSocket in order. A large one is read in turns with those of other sockets, and meanwhile no more
 * is taken from this one; nor while the peer leaves replies unread.
 */
import type { WebSocket } from 'ws'
import type { Reading } from '../protocol/parse_message.ts'
import { readPauseOf, type ReadPause } from './read_pause.ts'
import { inTurns } from './turns.ts'

export interface ArrivedMessage {
  data: Buffer
  isBinary: boolean
  /** Monotonic milliseconds. */
  arrivedMs: number
}

export interface InboxOptions<Result> {
  read(data: Buffer, isBinary: boolean): Reading<Result>
  take(result: Result, message: ArrivedMessage): void
  /** Monotonic milliseconds. */
  now(): number
  /** What came before the connection closed is taken all the same; else nobody waits for it. */
  takesAfterClose?: boolean
}

/** Bytes of JSON, without long strings, that are read in one step: 2 ms of the smallest values. */
const STEP_BYTES = 64 * 1024

export class Inbox<Result> {
  private readonly options: InboxOptions<Result>
  private readonly pause: ReadPause
  /** What came in one chunk behind the last message that was taken: 64 KiB at most, since the socket is paused. */
  private readonly waiting: ArrivedMessage[] = []
  private isClosed = false
  /** Reads the present message to its end. */
  private finish: (() => void) | null = null
  /** `waiting` is being worked off. */
  private isDraining = false

  constructor(socket: WebSocket, options: InboxOptions<Result>) {
    this.options = options
    this.pause = readPauseOf(socket)
    this.pause.onRemoved(() => {
      this.drain()
    })
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const message = { data, isBinary, arrivedMs: options.now() }
      if (this.waiting.length === 0 && this.pause.mayTake()) this.begin(message)
      else this.waiting.push(message)
    })
    socket.on('close', () => {
      this.isClosed = true
      if (options.takesAfterClose === true) {
        this.finish?.()
        for (const message of this.waiting) this.takeWhole(message, this.readingOf(message))
      }
      this.waiting.length = 0
    })
  }

  private begin(message: ArrivedMessage): void {
    const reading = this.readingOf(message)
    const result = reading.step(STEP_BYTES)
    if (result !== null) {
      this.options.take(result, message)
      return
    }
    this.pause.set('turn', true)
    this.finish = () => {
      this.takeWhole(message, reading)
    }
    inTurns(() => {
      if (this.isClosed) return true
      const late = reading.step(STEP_BYTES)
      if (late === null) return false
      this.finish = null
      this.options.take(late, message)
      this.pause.set('turn', false)
      return true
    })
  }

  private readingOf({ data, isBinary }: ArrivedMessage): Reading<Result> {
    return this.options.read(data, isBinary)
  }

  private takeWhole(message: ArrivedMessage, reading: Reading<Result>): void {
    const result = reading.step(Infinity)
    if (result !== null) this.options.take(result, message)
  }

  private drain(): void {
    if (this.isDraining || this.waiting.length === 0) return
    this.isDraining = true
    inTurns(() => {
      const next = this.pause.mayTake() ? this.waiting.shift() : undefined
      if (next !== undefined) this.begin(next)
      this.isDraining = next !== undefined && this.waiting.length > 0
      return !this.isDraining
    })
  }
}
