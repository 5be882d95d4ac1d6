/** How the panel connects: the desktop app's bridge, or a browser's sockets. No other module distinguishes them. */
import type { DesktopBridge } from '../../protocol/desktop.ts'
import { BRIDGE_NAME } from '../../protocol/desktop_channels.ts'
import { openBrowserSocket } from '../../client/browser_socket.ts'
import type { ControlClientOptions } from '../../client/control_client.ts'
import { isKeyRefused, keyProtocols } from './page_key.ts'
import { LocalSocket } from '../../client/local_socket.ts'
import { SOCKET_CLOSED, SOCKET_OPEN } from '../../client/socket.ts'

export interface Shell extends Pick<ControlClientOptions, 'openSocket' | 'isRefused'> {
  /** Where clients send requests: `ws://127.0.0.1:8765`. */
  gateway: string
}

/** null in a browser. Desktop-only features are shown only if it exists. */
export function desktopBridge(): DesktopBridge | null {
  return (globalThis as { [BRIDGE_NAME]?: DesktopBridge })[BRIDGE_NAME] ?? null
}

export function findShell(): Shell {
  const bridge = desktopBridge()
  if (bridge === null) return browserShell()
  return {
    gateway: bridge.gateway,
    openSocket: () => new BridgeSocket(bridge),
  }
}

function browserShell(): Shell {
  const gateway = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`
  return {
    gateway,
    openSocket: () => openBrowserSocket(`${gateway}/control`, { protocols: keyProtocols() }),
    isRefused: isKeyRefused,
  }
}

/** Where a browser reaches the panel: this origin, or the port of the desktop app. */
export const panelOrigin = (): string =>
  desktopBridge()?.gateway.replace(/^ws/, 'http') ?? location.origin

/** Rejects where the browser has no clipboard or blocks it: on remote pages without HTTPS. */
export async function copyText(text: string): Promise<void> {
  const bridge = desktopBridge()
  if (bridge === null) await navigator.clipboard.writeText(text)
  else await bridge.copy(text)
}

class BridgeSocket extends LocalSocket {
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
