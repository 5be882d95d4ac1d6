/**
 * Sees the bytes of a WebSocket before ws does. `MessageMeter` measures them; a reader that wants long messages in parts gets them
 * that way, and releases each message when it is done with it.
 */
import type { WebSocket } from 'ws'
import { MessageMeter, type Pass } from './message_meter.ts'

/** The part of ws that turns bytes into messages: `_receiver` of an open WebSocket. */
interface Receiver {
  write(bytes: Buffer): boolean
  _maxPayload: number
}

export class FrameTap {
  readonly meter = new MessageMeter()
  onChange: (() => void) | null = null
  private readonly client: WebSocket
  private readonly messageBytesMax: number
  private isHolding = false
  private released = 0

  constructor(client: WebSocket, receiver: Receiver) {
    this.client = client
    this.messageBytesMax = receiver._maxPayload
    const write = receiver.write.bind(receiver)
    let hasRoom = true
    const pass: Pass = (bytes) => {
      hasRoom = write(bytes)
    }
    receiver.write = (chunk) => {
      // A chunk that is kept for a larger part passes nothing on: ws would wait for a `drain` that never comes.
      hasRoom = true
      this.meter.read(chunk, pass)
      this.onChange?.()
      return hasRoom
    }
  }

  get heldBytes(): number {
    return this.isHolding ? this.meter.messageBytes - this.released : 0
  }

  /** Long messages now arrive in parts, as `fragments` of ws, and each message counts as held until it is released. */
  takeParts(): void {
    this.client.binaryType = 'fragments'
    this.meter.partsMax = this.messageBytesMax
    this.isHolding = true
    this.released = this.meter.messageBytes
  }

  release(bytes: number): void {
    this.released += bytes
    this.onChange?.()
  }
}

const taps = new WeakMap<WebSocket, FrameTap>()

/** The FrameTap of an open socket; null when it has no receiver. Call it before anything is read from the socket. */
export function frameTapOf(client: WebSocket): FrameTap | null {
  const known = taps.get(client)
  if (known !== undefined) return known
  const { _receiver: receiver } = client as { _receiver?: Receiver | null }
  if (receiver === undefined || receiver === null) return null
  const made = new FrameTap(client, receiver)
  taps.set(client, made)
  return made
}
