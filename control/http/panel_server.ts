/** The one port of the main backend: panel files, /control, and the gateway's WebSockets. Decides who may come in. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import sirv from 'sirv'
import { WebSocketServer, type WebSocket } from 'ws'
import { refusalOf } from '../../protocol/origin.ts'
import { Access } from './access.ts'

export interface PanelServerOptions {
  host: string
  /** 0 = any free port. */
  port: number
  /** Folder of the built panel. */
  panelDir: string
  /** Largest message that a gateway client may send, in bytes. */
  messageBytesMax: () => number
  onControl(socket: WebSocket): void
  /** `backend` is that of the path, or null for the root. */
  onGateway(socket: WebSocket, backend: string | null): void
  onRefused(reason: string): void
}

export interface PanelServer {
  readonly port: number
  /** The panel's address with its token. */
  readonly url: string
  close(): Promise<void>
}

const CONTROL_BYTES_MAX = 1024 * 1024
const CLOSE_HANDSHAKE_MS = 500

/** Listens; rejects with Node's error when the port cannot be had. */
export async function startPanelServer(options: PanelServerOptions): Promise<PanelServer> {
  const files = sirv(options.panelDir, { etag: true })
  let access: Access | null = null
  const http = createServer((request, response) => {
    answer(request, response, { options, files, access })
  })
  const control = new WebSocketServer({ noServer: true, maxPayload: CONTROL_BYTES_MAX })
  const gateway = new WebSocketServer({
    noServer: true,
    maxPayload: options.messageBytesMax(),
    perMessageDeflate: false,
    skipUTF8Validation: true,
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // An upgrade that breaks off needs no answer.
    socket.on('error', () => undefined)
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const target = targetOf(path)
    const refusal = refusalOfUpgrade(request, target, access, options.host)
    if (refusal !== null) {
      options.onRefused(`${path}: ${refusal.reason}`)
      socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\n\r\n${refusal.reason}\n`)
      return
    }
    if (target.kind === 'control') {
      control.handleUpgrade(request, socket, head, options.onControl)
    } else if (target.kind === 'gateway') {
      gateway.options.maxPayload = options.messageBytesMax()
      gateway.handleUpgrade(request, socket, head, (client) => {
        options.onGateway(client, target.backend)
      })
    }
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen({ host: options.host, port: options.port }, () => {
      http.off('error', reject)
      resolve()
    })
  })
  const { port } = http.address() as AddressInfo
  access = new Access(port)
  return {
    port,
    url: `http://${hostInUrl(options.host)}:${port}/?token=${access.token}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        http.close(() => {
          resolve()
        })
      })
      const clients = [...control.clients, ...gateway.clients]
      for (const client of clients) client.close(1001, 'Switchyard stops')
      const force = setTimeout(() => {
        for (const client of clients) client.terminate()
        http.closeAllConnections()
      }, CLOSE_HANDSHAKE_MS)
      http.closeIdleConnections()
      await closed
      clearTimeout(force)
    },
  }
}

type Target =
  { kind: 'control' } | { kind: 'gateway'; backend: string | null } | { kind: 'unknown' }

function targetOf(path: string): Target {
  if (path === '/control') return { kind: 'control' }
  if (path === '/') return { kind: 'gateway', backend: null }
  const backend = /^\/backends\/([^/]+)\/?$/.exec(path)?.[1]
  return backend === undefined ? { kind: 'unknown' } : { kind: 'gateway', backend }
}

function refusalOfUpgrade(
  request: IncomingMessage,
  target: Target,
  access: Access | null,
  host: string,
): { status: string; reason: string } | null {
  if (target.kind === 'unknown') {
    return {
      status: '404 Not Found',
      reason: 'no such WebSocket; use / or /backends/<name> for inference',
    }
  }
  const origin = refusalOf(request.headers, {
    allowedHosts: [host],
    sameOriginOnly: target.kind === 'control',
  })
  if (origin !== null) return { status: '403 Forbidden', reason: origin }
  // Inference from this machine needs no token; control and everything from elsewhere does.
  const isOpen = target.kind === 'gateway' && isLoopback(request)
  if (isOpen || access?.isGranted(request) === true) return null
  return {
    status: '401 Unauthorized',
    reason: 'open the panel with the address that Switchyard printed',
  }
}

const isLoopback = (request: IncomingMessage) => {
  const address = request.socket.remoteAddress ?? ''
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    options,
    files,
    access,
  }: { options: PanelServerOptions; files: ReturnType<typeof sirv>; access: Access | null },
): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  const refusal = refusalOf(request.headers, { allowedHosts: [options.host] })
  if (refusal !== null) {
    options.onRefused(refusal)
    plain(response, 403, refusal)
    return
  }
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    plain(response, 405, `method ${request.method} is not allowed; use GET`)
    return
  }
  if (path === '/health/live') {
    plain(response, 200, 'live')
    return
  }
  const cookie = access?.cookieFor(request) ?? null
  if (cookie !== null) {
    // The token leaves the address bar, the history and the Referer with this redirect.
    response.setHeader('set-cookie', cookie)
    response.writeHead(303, { location: path })
    response.end()
    return
  }
  if (access?.isGranted(request) !== true) {
    plain(
      response,
      401,
      'Open the panel with the whole address that Switchyard printed ("Panel: ...").',
    )
    return
  }
  files(request, response, () => {
    plain(response, 404, `no page ${path}; the panel is at /`)
  })
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(`${text}\n`)
}

const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    "img-src 'self' blob: data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** An address that a browser on this machine can open. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === 'localhost') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
