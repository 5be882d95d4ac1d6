/**
 * What the peers of one port have sent and nobody has worked off: messages that have begun and not ended, each bounded in time, and
 * those that have come whole. All together are bounded in bytes.
 */
import type { WebSocket } from 'ws'
import { frameTapOf, type FrameTap } from './frame_tap.ts'
import type { SocketLimits } from './limits.ts'
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
  readonly tap: FrameTap
  /** What of it is in the sums. */
  unfinishedBytes: number
  heldBytes: number
  /** Messages that had ended when it was last looked at. */
  messages: number
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
  /** Of all messages that have begun and not ended. */
  private unfinishedBytes = 0
  /** Of all that have come whole and are being read or worked on. */
  private heldBytes = 0
  private sweptMs: number

  constructor(options: ReceiptsOptions) {
    this.options = options
    this.sweptMs = options.now()
    this.timer = setInterval(() => {
      this.sweep()
    }, options.limits.sweepMs)
  }

  /** Call before anything is read from `client`. */
  add(client: WebSocket, address: string): void {
    const tap = frameTapOf(client)
    if (tap === null) throw new Error('the WebSocket has no receiver; does ws still name it so?')
    const receipt: Receipt = {
      client,
      address,
      tap,
      unfinishedBytes: 0,
      heldBytes: 0,
      messages: 0,
      waitedMs: 0,
      isClosing: false,
    }
    this.receipts.add(receipt)
    tap.onChange = () => {
      this.look(receipt)
    }
    client.once('close', () => {
      this.receipts.delete(receipt)
      this.held.delete(receipt)
      this.unfinishedBytes -= receipt.unfinishedBytes
      receipt.unfinishedBytes = 0
      // What is still worked on is held until that ends, though its peer is gone.
      tap.onChange = () => {
        this.count(receipt, 0, tap.heldBytes)
        this.letGo()
      }
      this.letGo()
    })
  }

  close(): void {
    clearInterval(this.timer)
  }

  private look(receipt: Receipt): void {
    const { meter, heldBytes } = receipt.tap
    if (meter.messages !== receipt.messages) receipt.waitedMs = 0
    receipt.messages = meter.messages
    const isMore = meter.unfinishedBytes > receipt.unfinishedBytes
    this.count(receipt, meter.unfinishedBytes, heldBytes)
    if (this.hasRoom) {
      this.letGo()
      return
    }
    if (this.unfinishedBytes > this.options.limits.receiptBytesMax) this.closeLargest()
    if (isMore) this.hold(receipt, true)
  }

  private count(receipt: Receipt, unfinishedBytes: number, heldBytes: number): void {
    this.unfinishedBytes += unfinishedBytes - receipt.unfinishedBytes
    this.heldBytes += heldBytes - receipt.heldBytes
    receipt.unfinishedBytes = unfinishedBytes
    receipt.heldBytes = heldBytes
  }

  private get hasRoom(): boolean {
    return this.unfinishedBytes + this.heldBytes <= this.options.limits.receiptBytesMax
  }

  /** One at a time: what it holds is free with the next sweep but one. */
  private closeLargest(): void {
    let largest: Receipt | null = null
    for (const receipt of this.receipts) {
      if (receipt.isClosing) return
      if (receipt.unfinishedBytes > (largest?.unfinishedBytes ?? 0)) largest = receipt
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
      const { client, tap } = receipt
      const { meter } = tap
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
    if (this.held.size === 0 || !this.hasRoom) return
    for (const receipt of this.held) if (!receipt.isClosing) this.hold(receipt, false)
  }
}
