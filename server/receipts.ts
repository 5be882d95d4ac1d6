/**
 * Bounds what the peers of one port have sent and was not processed yet: unfinished messages, each with a time limit, and complete
 * ones. Their total size is limited, and so are the bytes read per event-loop turn.
 */
import type { WebSocket } from 'ws'
import { frameTapOf, type FrameTap } from './frame_tap.ts'
import type { SocketLimits } from './limits.ts'
import { readPauseOf } from './read_pause.ts'

/**
 * Bytes of long messages read in one event-loop turn. libuv reads up to 2 MiB of each socket per turn: without the limit,
 * 24 concurrent senders caused turns of 300 ms.
 */
const TURN_BYTES = 2 * 1024 ** 2
/** Messages from this size on are passed on in parts. */
const LONG_BYTES = 256 * 1024

export interface ReceiptsOptions {
  limits: SocketLimits
  now: () => number
  onEnded(reason: string): void
}

interface Receipt {
  readonly client: WebSocket
  readonly address: string
  readonly tap: FrameTap
  unfinishedBytes: number
  heldBytes: number
  messages: number
  /** Milliseconds that the current message has taken so far, without the time its socket was paused. */
  waitedMs: number
  isClosing: boolean
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number: "Policy Violation", "Try Again Later" */
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

export class Receipts {
  private readonly options: ReceiptsOptions
  private readonly receipts = new Set<Receipt>()
  private readonly held = new Set<Receipt>()
  private readonly timer: NodeJS.Timeout
  private unfinishedBytes = 0
  private heldBytes = 0
  private sweptMs: number
  /** Bytes of long messages read in this turn, and the sockets waiting for the next one. */
  private turnBytes = 0
  private readonly waiting = new Set<Receipt>()
  private turnEnd: NodeJS.Immediate | null = null

  constructor(options: ReceiptsOptions) {
    this.options = options
    this.sweptMs = options.now()
    this.timer = setInterval(() => this.sweep(), options.limits.sweepMs)
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
      this.waiting.delete(receipt)
      this.unfinishedBytes -= receipt.unfinishedBytes
      receipt.unfinishedBytes = 0
      // A message in progress stays counted until it is done, even when its peer has disconnected.
      tap.onChange = () => {
        this.count(receipt, 0, tap.heldBytes)
        this.letGo()
      }
      this.letGo()
    })
  }

  close(): void {
    clearInterval(this.timer)
    if (this.turnEnd !== null) clearImmediate(this.turnEnd)
  }

  private look(receipt: Receipt): void {
    const { meter, heldBytes } = receipt.tap
    if (meter.messages !== receipt.messages) receipt.waitedMs = 0
    receipt.messages = meter.messages
    const more = meter.unfinishedBytes - receipt.unfinishedBytes
    const isMore = more > 0
    if (isMore && meter.unfinishedBytes > LONG_BYTES) this.share(receipt, more)
    this.count(receipt, meter.unfinishedBytes, heldBytes)
    if (this.hasRoom) {
      this.letGo()
      return
    }
    if (this.unfinishedBytes > this.options.limits.receiptBytesMax) this.closeLargest()
    if (isMore) this.hold(receipt, true)
  }

  private share(receipt: Receipt, bytes: number): void {
    this.turnBytes += bytes
    if (this.turnBytes > TURN_BYTES) {
      this.waiting.add(receipt)
      readPauseOf(receipt.client).set('share', true)
    }
    this.turnEnd ??= setImmediate(() => {
      this.turnEnd = null
      this.turnBytes = 0
      for (const one of this.waiting) readPauseOf(one.client).set('share', false)
      this.waiting.clear()
    })
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

  /** One at a time: its bytes are released two sweeps later. */
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
      `the unfinished messages of this port exceed ${receiptBytesMax} bytes, and this one is the largest`,
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
        // It had one sweep to read the reason.
        client.terminate()
        continue
      }
      if (!meter.isWithin || readPauseOf(client).isPaused) continue
      receipt.waitedMs += elapsedMs
      if (receipt.waitedMs < limits.messageMsMax) continue
      this.end(
        receipt,
        POLICY_VIOLATION,
        `a message did not arrive within ${limits.messageMsMax / 1000} s (${meter.unfinishedBytes} bytes received)`,
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
