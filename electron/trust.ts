/** Restricts what a page may do. Electron's security checklist, items 3 to 7, 13 to 15 and 17. */
import type { Event, IpcMainInvokeEvent, WebContents } from 'electron'
import { APP_HOST, APP_SCHEME } from '../protocol/desktop.ts'
import type { ContentsPart, ElectronParts } from './parts.ts'

export const SAFE_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
} as const

/** Hosts whose pages may open in the user's browser. */
const OUTSIDE_HOSTS = ['github.com', 'onnxruntime.ai', 'www.electronjs.org']
/** A permission request must follow a user gesture within this time. */
const GESTURE_MS = 5000

export function isOwnUrl(url: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return protocol === `${APP_SCHEME}:` && host === APP_HOST
  } catch {
    return false
  }
}

/** True only for the main frame of the app's page. */
export function isTrustedSender({
  sender,
  senderFrame,
}: Pick<IpcMainInvokeEvent, 'senderFrame'> & {
  sender: Pick<WebContents, 'mainFrame'>
}): boolean {
  // null: the frame was closed or has navigated since it sent.
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnUrl(senderFrame.url)
}

export function isOutsideLink(url: string): boolean {
  try {
    const { protocol, host, username, password } = new URL(url)
    return (
      protocol === 'https:' && username === '' && password === '' && OUTSIDE_HOSTS.includes(host)
    )
  } catch {
    return false
  }
}

/** No navigation, windows or webviews. The app's pages may reload. */
export function lockContents(
  contents: Pick<ContentsPart, 'on' | 'setWindowOpenHandler'>,
  openOutside: (url: string) => void,
): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isOutsideLink(url)) openOutside(url)
    return { action: 'deny' }
  })
  const stay = (event: Event<{ url: string }>) => {
    if (!isOwnUrl(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
}

/** Time of the last mouse button or key press per page. */
export class Gestures {
  private readonly times = new Map<number, number>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  watch(contents: Pick<ContentsPart, 'id' | 'on'>): void {
    contents.on('input-event', (_event, { type }) => {
      if (type === 'mouseDown' || type === 'rawKeyDown' || type === 'touchStart') {
        this.times.set(contents.id, this.now())
      }
    })
    contents.on('destroyed', () => {
      this.times.delete(contents.id)
    })
  }

  isFresh(contentsId: number): boolean {
    const at = this.times.get(contentsId)
    return at !== undefined && this.now() - at <= GESTURE_MS
  }
}

/** Chromium may ask before a page reaches this machine; the content policy already limits our page to the gateway's port. */
const isOwnGateway = (permission: string, url: string) =>
  ['local-network', 'local-network-access', 'loopback-network'].includes(permission) &&
  isOwnUrl(url)

/** Denies all permissions except our page's connections to the gateway, and the camera directly after a gesture. */
export function denyPermissions(
  session: ReturnType<ElectronParts['session']>,
  gestures: Pick<Gestures, 'isFresh'>,
): void {
  session.setPermissionRequestHandler((contents, permission, answer, details) => {
    const kinds = 'mediaTypes' in details ? (details.mediaTypes ?? []) : []
    answer(
      isOwnGateway(permission, details.requestingUrl) ||
        (permission === 'media' &&
          kinds.length > 0 &&
          kinds.every((kind) => kind === 'video') &&
          details.isMainFrame &&
          isOwnUrl(details.requestingUrl) &&
          gestures.isFresh(contents.id)),
    )
  })
  // Called repeatedly while a stream runs: a granted permission must hold.
  session.setPermissionCheckHandler(
    (_contents, permission, origin, details) =>
      isOwnGateway(permission, origin) ||
      (permission === 'media' && details.mediaType === 'video' && isOwnUrl(origin)),
  )
  session.setDevicePermissionHandler(() => false)
}
