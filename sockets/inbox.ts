/**
 * Reads the messages of one WebSocket in order. A large one is read in turns with those of other sockets, and meanwhile no more
 * is taken from this one.
 */
import type { WebSocket } from 'ws'
import type { Reading } from '../protocol/parse_message.ts'
import { readPauseOf } from './read_pause.ts'
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
}

/** Bytes of JSON, without long strings, that are read in one step: 2 ms of the smallest values. */
const STEP_BYTES = 64 * 1024

export class Inbox<Result> {
  private readonly options: InboxOptions<Result>
  private readonly socket: WebSocket
  /** What came in the same chunk behind a message that is being read: 64 KiB at most, since the socket is paused. */
  private readonly waiting: ArrivedMessage[] = []
  private isReading = false
  private isClosed = false

  constructor(socket: WebSocket, options: InboxOptions<Result>) {
    this.options = options
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const message = { data, isBinary, arrivedMs: options.now() }
      if (this.isReading) this.waiting.push(message)
      else this.begin(message)
    })
    socket.on('close', () => {
      this.isClosed = true
      this.waiting.length = 0
    })
  }

  private begin(message: ArrivedMessage): void {
    const reading = this.options.read(message.data, message.isBinary)
    const result = reading.step(STEP_BYTES)
    if (result === null) this.readOn(message, reading)
    else this.options.take(result, message)
  }

  private readOn(message: ArrivedMessage, reading: Reading<Result>): void {
    this.setReading(true)
    inTurns(() => {
      if (this.isClosed) return true
      const result = reading.step(STEP_BYTES)
      if (result === null) return false
      this.setReading(false)
      this.options.take(result, message)
      this.readWaiting()
      return true
    })
  }

  private readWaiting(): void {
    while (!this.isReading) {
      const next = this.waiting.shift()
      if (next === undefined) return
      this.begin(next)
    }
  }

  private setReading(isReading: boolean): void {
    this.isReading = isReading
    readPauseOf(this.socket).set('turn', isReading)
  }
}
