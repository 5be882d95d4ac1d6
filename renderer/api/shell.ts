/** What carries the panel: the desktop app's bridge, or a browser's sockets. Nothing else in the panel asks which it is. */
import type { DesktopBridge } from '../../protocol/desktop.ts'
import { BRIDGE_NAME } from '../../protocol/desktop_channels.ts'
import { openBrowserSocket } from '../../client/browser_socket.ts'
import type { ControlClientOptions } from '../../client/control_client.ts'
import { BridgeSocket } from './bridge_socket.ts'
import { isKeyRefused, keyProtocols } from './page_key.ts'

export interface Shell extends Pick<ControlClientOptions, 'openSocket' | 'isRefused'> {
  /** Where programs, and the test view, send their requests: `ws://127.0.0.1:8765`. */
  gateway: string
}

/** null in a browser. What only a desktop has, such as its settings, is shown where this is there. */
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
    openSocket: () => openBrowserSocket(`${gateway}/control`, keyProtocols()),
    isRefused: isKeyRefused,
  }
}

/** Where a browser reaches the panel: as this one did, or at the port of the desktop app. */
export const panelOrigin = (): string =>
  desktopBridge()?.gateway.replace(/^ws/, 'http') ?? location.origin

/** Rejects where a browser forbids it, or has no clipboard: on pages from other machines without https. */
export async function copyText(text: string): Promise<void> {
  const bridge = desktopBridge()
  if (bridge === null) await navigator.clipboard.writeText(text)
  else await bridge.copy(text)
}
