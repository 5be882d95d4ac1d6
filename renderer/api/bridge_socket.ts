import { LocalSocket } from '../../client/local_socket.ts'
import { SOCKET_CLOSED, SOCKET_OPEN } from '../../client/socket.ts'
import type { DesktopBridge } from '../../protocol/desktop.ts'

export class BridgeSocket extends LocalSocket {
  private readonly bridge: DesktopBridge
  /** The first snapshot arrives before the socket is open. */
  private early: string[] = []

  constructor(bridge: DesktopBridge) {
    super()
    this.bridge = bridge
    bridge
      .openControl({
        message: (text) => {
          if (this.readyState === 0) this.early.push(text)
          else this.received(text)
        },
        closed: () => this.ended(),
      })
      .then(
        () => {
          this.opened()
          for (const text of this.early.splice(0)) this.received(text)
        },
        () => this.ended(),
      )
  }

  send(text: string): void {
    if (this.readyState === SOCKET_OPEN) this.bridge.sendControl(text)
  }

  close(): void {
    if (this.readyState === SOCKET_CLOSED) return
    this.bridge.closeControl()
    this.ended()
  }
}
