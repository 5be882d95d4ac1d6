/**
 * Reads the messages of one WebSocket in order. A large message is joined and read in steps, interleaved with those of other sockets;
 * meanwhile, and while the peer leaves replies unread, no further message is taken from this socket.
 */
import type { WebSocket } from 'ws'
import type { Reading } from '../protocol/parse_message.ts'
import { frameTapOf, type FrameTap } from './frame_tap.ts'
import { readPauseOf, type ReadPause } from './read_pause.ts'
import { inTurns } from './turns.ts'

export interface ArrivedMessage {
  data: Buffer
  isBinary: boolean
  arrivedMs: number
  /** Its bytes count as held until `work` settles; without a call, until the message is taken. */
  holdUntil(work: Promise<unknown>): void
}

export interface InboxOptions<Result> {
  read(data: Buffer, isBinary: boolean): Reading<Result>
  take(result: Result, message: ArrivedMessage): void
  onBegin?(bytes: number): void
  now(): number
  /** Messages that arrived before the connection closed are still taken; otherwise they are dropped. */
  takesAfterClose?: boolean
}

/** Bytes of JSON, without long strings, read in one step: 2 ms for the smallest values. */
const STEP_BYTES = 64 * 1024
/** Bytes joined in one step: about a millisecond, mostly spent on fresh memory. */
const JOIN_BYTES = 1024 ** 2

interface Parcel {
  parts: Buffer[]
  bytes: number
  isBinary: boolean
  arrivedMs: number
}

export class Inbox<Result> {
  private readonly options: InboxOptions<Result>
  private readonly pause: ReadPause
  private tap: FrameTap | null = null
  /** Messages behind the last taken one in the same chunk: at most 64 KiB, since the socket is paused. */
  private readonly waiting: Parcel[] = []
  private isClosed = false
  private finish: (() => void) | null = null
  private isDraining = false

  constructor(socket: WebSocket, options: InboxOptions<Result>) {
    this.options = options
    this.pause = readPauseOf(socket)
    this.pause.onRemoved(() => {
      this.drain()
    })
    const tap = () => {
      this.tap = frameTapOf(socket)
      this.tap?.takeParts()
    }
    if (socket.readyState === socket.CONNECTING) socket.once('open', tap)
    else tap()
    socket.on('message', (data: Buffer | Buffer[], isBinary: boolean) => {
      const parcel = this.parcelOf(data, isBinary)
      if (this.waiting.length === 0 && this.pause.mayTake()) this.begin(parcel)
      else this.waiting.push(parcel)
    })
    socket.on('close', () => {
      this.isClosed = true
      if (options.takesAfterClose === true) {
        this.finish?.()
        for (const parcel of this.waiting) this.takeWhole(parcel)
      } else for (const { bytes } of this.waiting) this.tap?.release(bytes)
      this.waiting.length = 0
    })
  }

  private parcelOf(data: Buffer | Buffer[], isBinary: boolean): Parcel {
    const parts = Array.isArray(data) ? data : [data]
    const cameAsText = isBinary && this.tap?.meter.cameAsText.shift() === true
    return {
      parts,
      bytes: parts.reduce((sum, { length }) => sum + length, 0),
      isBinary: isBinary && !cameAsText,
      arrivedMs: this.options.now(),
    }
  }

  private begin(parcel: Parcel): void {
    const work = this.workOn(parcel)
    if (work(STEP_BYTES)) return
    this.pause.set('turn', true)
    this.finish = () => {
      work(Infinity)
    }
    inTurns(() => {
      if (this.isClosed) {
        if (this.options.takesAfterClose !== true) this.tap?.release(parcel.bytes)
        return true
      }
      if (!work(STEP_BYTES)) return false
      this.finish = null
      this.pause.set('turn', false)
      return true
    })
  }

  private takeWhole(parcel: Parcel): void {
    this.workOn(parcel)(Infinity)
  }

  private workOn(parcel: Parcel): (bytes: number) => boolean {
    const { bytes, isBinary, arrivedMs } = parcel
    this.options.onBegin?.(bytes)
    const join = joining(parcel)
    let message: ArrivedMessage | null = null
    let reading: Reading<Result> | null = null
    let held: Promise<unknown> | null = null
    const holdUntil = (work: Promise<unknown>) => {
      held = work
    }
    return (count) => {
      if (message === null || reading === null) {
        const data = join(count === Infinity ? Infinity : JOIN_BYTES)
        if (data === null) return false
        message = { data, isBinary, arrivedMs, holdUntil }
        reading = this.options.read(data, isBinary)
      }
      const result = reading.step(count)
      if (result === null) return false
      this.options.take(result, message)
      const release = () => this.tap?.release(bytes)
      if (held === null) release()
      else void held.then(release, release)
      return true
    }
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

/** Joins the parts of a message in steps and releases each; null until it is done. */
function joining({
  parts,
  bytes,
}: Pick<Parcel, 'parts' | 'bytes'>): (count: number) => Buffer | null {
  const [only = Buffer.alloc(0)] = parts
  if (parts.length < 2) return () => only
  const whole = Buffer.allocUnsafeSlow(bytes)
  let part = 0
  let filled = 0
  return (count) => {
    for (const stop = filled + count; part < parts.length && filled < stop; part++) {
      filled += (parts[part] as Buffer).copy(whole, filled)
      parts[part] = NO_BYTES
    }
    return part === parts.length ? whole : null
  }
}

const NO_BYTES = Buffer.alloc(0)
