/** A window's channel to the control plane, which sees it as it sees a panel's WebSocket. */
import { EventEmitter } from 'node:events'
import type { PanelSocket } from '../control/http/panel_socket.ts'
import { TO_PAGE } from '../protocol/desktop_channels.ts'
import type { ContentsPart } from './parts.ts'

export class PageSocket extends EventEmitter implements PanelSocket {
  /** The operating system's channel has its own flow control; nothing of it is seen from here. */
  readonly bufferedAmount = 0
  readonly OPEN = 1
  private isOpen = true
  private readonly contents: Pick<ContentsPart, 'isDestroyed' | 'send'>

  constructor(contents: Pick<ContentsPart, 'isDestroyed' | 'send'>) {
    super()
    this.contents = contents
  }

  get readyState(): number {
    return this.isOpen && !this.contents.isDestroyed() ? this.OPEN : 3
  }

  send(text: string): void {
    this.contents.send(TO_PAGE.message, text)
  }

  receive(text: string): void {
    if (this.isOpen) this.emit('message', Buffer.from(text, 'utf8'))
  }

  /** From this side: the page is told, and may open a new one. */
  end(): void {
    if (this.readyState === this.OPEN) this.contents.send(TO_PAGE.closed)
    this.close()
  }

  /** From either side; the control plane is told once. */
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.emit('close')
  }
}
