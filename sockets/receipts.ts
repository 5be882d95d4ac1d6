/** Messages of one port that have begun and not ended: all together are bounded in bytes, and each in time. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { SocketLimits } from './limits.ts'
import { MessageMeter } from './message_meter.ts'
import { readPauseOf } from './read_pause.ts'

export interface ReceiptsOptions {
  limits: SocketLimits
  /** Monotonic milliseconds. */
  now: () => number
  /** A connection was closed for its peer's fault; a sentence for the log. */
  onEnded(reason: string): void
}

interface Receipt {
  readonly client: WebSocket
  readonly address: string
  readonly meter: MessageMeter
  /** Milliseconds for which the present message has been on its way while it could come. */
  waitedMs: number
  isClosing: boolean
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number: "Policy Violation", "Try Again Later" */
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

export class Receipts {
  private readonly options: ReceiptsOptions
  private readonly receipts = new Set<Receipt>()
  /** Paused until there is room again. */
  private readonly held = new Set<Receipt>()
  private readonly timer: NodeJS.Timeout
  private totalBytes = 0
  private sweptMs: number

  constructor(options: ReceiptsOptions) {
    this.options = options
    this.sweptMs = options.now()
    this.timer = setInterval(() => {
      this.sweep()
    }, options.limits.sweepMs)
  }

  /** Bytes of all messages that have begun and not ended. */
  get bytes(): number {
    return this.totalBytes
  }

  /** Call before anything is read from `socket`, which is below `client`. */
  add(client: WebSocket, socket: Duplex, address: string): void {
    const meter = new MessageMeter()
    const receipt: Receipt = { client, address, meter, waitedMs: 0, isClosing: false }
    this.receipts.add(receipt)
    const read = (chunk: Buffer) => {
      this.read(receipt, chunk)
    }
    // Before the listener of ws, which gets the same chunk.
    socket.prependListener('data', read)
    client.once('close', () => {
      socket.off('data', read)
      this.receipts.delete(receipt)
      this.held.delete(receipt)
      this.totalBytes -= meter.unfinishedBytes
      this.letGo()
    })
  }

  close(): void {
    clearInterval(this.timer)
  }

  private read(receipt: Receipt, chunk: Buffer): void {
    const { meter } = receipt
    const { unfinishedBytes: bytesBefore, messages: messagesBefore } = meter
    meter.read(chunk)
    if (meter.messages !== messagesBefore) receipt.waitedMs = 0
    this.totalBytes += meter.unfinishedBytes - bytesBefore
    if (this.totalBytes <= this.options.limits.receiptBytesMax) {
      this.letGo()
      return
    }
    this.closeLargest()
    if (meter.unfinishedBytes > 0) this.hold(receipt, true)
  }

  /** One at a time: what it holds is free with the next sweep but one. */
  private closeLargest(): void {
    let largest: Receipt | null = null
    for (const receipt of this.receipts) {
      if (receipt.isClosing) return
      if (receipt.meter.unfinishedBytes > (largest?.meter.unfinishedBytes ?? 0)) largest = receipt
    }
    if (largest === null) return
    const { receiptBytesMax } = this.options.limits
    this.end(
      largest,
      TRY_AGAIN_LATER,
      `the unfinished messages of this port exceed ${receiptBytesMax} bytes, and its own is the largest`,
    )
  }

  private sweep(): void {
    const { now, limits } = this.options
    const elapsedMs = now() - this.sweptMs
    this.sweptMs += elapsedMs
    for (const receipt of this.receipts) {
      const { client, meter } = receipt
      if (receipt.isClosing) {
        // It has had one sweep to read why.
        client.terminate()
        continue
      }
      if (!meter.isWithin || readPauseOf(client).isPaused) continue
      receipt.waitedMs += elapsedMs
      if (receipt.waitedMs < limits.messageMsMax) continue
      this.end(
        receipt,
        POLICY_VIOLATION,
        `a message did not arrive within ${limits.messageMsMax / 1000} s (${meter.unfinishedBytes} bytes came)`,
      )
    }
  }

  private end(receipt: Receipt, code: number, reason: string): void {
    receipt.isClosing = true
    this.hold(receipt, true)
    this.options.onEnded(`the client at ${receipt.address} was closed with ${code}: ${reason}`)
    receipt.client.close(code, `${reason}; connect again and send less`)
  }

  private hold(receipt: Receipt, holds: boolean): void {
    if (holds) this.held.add(receipt)
    else this.held.delete(receipt)
    readPauseOf(receipt.client).set('receipt', holds)
  }

  private letGo(): void {
    if (this.held.size === 0 || this.totalBytes > this.options.limits.receiptBytesMax) return
    for (const receipt of this.held) if (!receipt.isClosing) this.hold(receipt, false)
  }
}
