/** The bridge to the desktop app in the shape of a WebSocket, as far as the ControlClient uses one. */
import type { DesktopBridge } from '../../protocol/desktop.ts'

export class BridgeSocket extends EventTarget {
  readyState = 0
  private readonly bridge: DesktopBridge
  /** The first snapshot comes before the opening is confirmed. */
  private early: string[] = []

  constructor(bridge: DesktopBridge) {
    super()
    this.bridge = bridge
    bridge
      .openControl({
        message: (text) => {
          if (this.readyState === 0) this.early.push(text)
          else if (this.readyState === 1) this.tell(text)
        },
        closed: () => this.end(),
      })
      .then(
        () => this.opened(),
        () => this.end(),
      )
  }

  send(text: string): void {
    if (this.readyState === 1) this.bridge.sendControl(text)
  }

  close(): void {
    if (this.readyState === 3) return
    this.bridge.closeControl()
    this.end()
  }

  private opened(): void {
    if (this.readyState !== 0) return
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
    for (const text of this.early.splice(0)) this.tell(text)
  }

  private tell(data: string): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  private end(): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }
}
