/** A window's channel to the control plane, which sees it as it sees a panel's WebSocket. */
import { EventEmitter } from 'node:events'
import type { PanelSocket } from '../control/api/panel_socket.ts'
import { TO_PAGE } from '../protocol/desktop_channels.ts'
import type { ContentsPart } from './parts.ts'

/**
 * Electron queues without a bound what a page that hangs does not take, and shows nothing of it. A page that is this far behind is
 * cut off: the control plane stops pushing long before, so that these are replies that it asked for and does not read.
 */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024

/** Over all channels: a confirmation that comes late must not count for the page's next channel. */
let lastMark = 0

export class PageSocket extends EventEmitter implements PanelSocket {
  readonly OPEN = 1
  private isOpen = true
  /** Sent and not yet confirmed, oldest first. */
  private readonly unread: { mark: number; bytes: number }[] = []
  private unreadBytes = 0
  private readonly contents: Pick<ContentsPart, 'isDestroyed' | 'send'>

  constructor(contents: Pick<ContentsPart, 'isDestroyed' | 'send'>) {
    super()
    this.contents = contents
  }

  get readyState(): number {
    return this.isOpen && !this.contents.isDestroyed() ? this.OPEN : 3
  }

  /** Bytes that the page has not confirmed; up to one confirmation less than it has taken. */
  get bufferedAmount(): number {
    return this.unreadBytes
  }

  send(text: string): void {
    if (this.readyState !== this.OPEN) return
    const bytes = Buffer.byteLength(text)
    if (this.unreadBytes > 0 && this.unreadBytes + bytes > UNREAD_BYTES_MAX) {
      this.end()
      return
    }
    const mark = ++lastMark
    this.unread.push({ mark, bytes })
    this.unreadBytes += bytes
    this.contents.send(TO_PAGE.message, text, mark)
  }

  /** The page has taken all messages up to `mark`. */
  acknowledge(mark: number): void {
    const taken = this.unread.findIndex((one) => one.mark > mark)
    const confirmed = this.unread.splice(0, taken === -1 ? this.unread.length : taken)
    for (const { bytes } of confirmed) this.unreadBytes -= bytes
  }

  receive(text: string): void {
    if (this.isOpen) this.emit('message', Buffer.from(text, 'utf8'))
  }

  /** Closed from this side: the page is notified, and may open a new one. */
  end(): void {
    if (this.readyState === this.OPEN) this.contents.send(TO_PAGE.closed)
    this.close()
  }

  /** Closed from either side; the control plane is notified once. */
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.unread.length = 0
    this.emit('close')
  }
}
