/** A window's channel to the control plane, with the interface of a panel's WebSocket. */
import { EventEmitter } from 'node:events'
import type { PanelSocket } from '../control/api/panel_socket.ts'
import { TO_PAGE } from '../protocol/desktop_channels.ts'
import type { ContentsPart } from './parts.ts'

/** Electron's queue for a hanging page has no limit. Above this the page is disconnected; pushes stop long before. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024

/** Over all channels: a late confirmation must not count for the page's next channel. */
let lastMark = 0

export class PageSocket extends EventEmitter implements PanelSocket {
  readonly OPEN = 1
  private isOpen = true
  /** Unconfirmed messages, oldest first. */
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

  /** Unconfirmed bytes, which the page may have partly received. */
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

  acknowledge(mark: number): void {
    const taken = this.unread.findIndex((one) => one.mark > mark)
    const confirmed = this.unread.splice(0, taken === -1 ? this.unread.length : taken)
    for (const { bytes } of confirmed) this.unreadBytes -= bytes
  }

  receive(text: string): void {
    if (this.isOpen) this.emit('message', Buffer.from(text, 'utf8'))
  }

  /** Notifies the page, which may open a new channel. */
  end(): void {
    if (this.readyState === this.OPEN) this.contents.send(TO_PAGE.closed)
    this.close()
  }

  /** Closed from either side; notifies the control plane once. */
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.unread.length = 0
    this.emit('close')
  }
}
