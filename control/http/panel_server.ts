/** The one port of the main backend: panel files, /control, and the gateway's WebSockets. Decides who may come in. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import sirv from 'sirv'
import type { WebSocket } from 'ws'
import { messageOf } from '../../protocol/errors.ts'
import { hostInUrl } from '../../protocol/address.ts'
import { answerText } from '../../sockets/http_answers.ts'
import type { SocketLimits } from '../../sockets/limits.ts'
import { isLocal } from '../../sockets/peer.ts'
import { openPort, pathOf, type Endpoint } from '../../sockets/port.ts'
import type { Refusal } from '../../sockets/token.ts'
import { Access } from './access.ts'
import { contentPolicy } from './content_policy.ts'
import { isApiPath, type AnswerPage } from './pages.ts'

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
  /** Pages of these origins may use the gateway. */
  ownOrigins?: readonly string[]
  onRefused(reason: string): void
  /** Answers paths that are no files of the panel. */
  answerPage: AnswerPage
  /** A page could not be made. */
  onFault(reason: string): void
  /** Default: a new one for each start. */
  token?: string
  /** Other bounds than those of sockets/limits.ts. */
  limits?: Partial<SocketLimits>
}

export interface PanelServer {
  readonly port: number
  /** The panel's address with its token. */
  readonly url: string
  /** For programs: `Authorization: Bearer <token>`. */
  readonly token: string
  close(): Promise<void>
}

/** Listens; rejects with Node's error when the port cannot be had. */
export async function startPanelServer(options: PanelServerOptions): Promise<PanelServer> {
  const files = sirv(options.panelDir, { etag: true })
  let access: Access | null = null
  const { port, close } = await openPort<PanelEndpoint>({
    host: options.host,
    port: options.port,
    contentPolicy: contentPolicy(),
    allowsLinks: true,
    ownOrigins: options.ownOrigins,
    refusalOf: (request, endpoint) => refusalOf(request, endpoint, access),
    endpointAt: (path) => endpointAt(path, options),
    endpointSentence: 'no such WebSocket; use / or /backends/<name> for inference',
    answer: (request, response, path) => {
      answer(request, response, { path, files, access, options })
    },
    onRefused: options.onRefused,
    limits: options.limits,
  })
  // The port is known by now, and no request has been read yet.
  access = new Access(port, options.token)
  return {
    port,
    url: `http://${openableHost(options.host)}:${port}/?token=${access.token}`,
    token: access.token,
    close: () => close('Switchyard stops'),
  }
}

interface PanelEndpoint extends Endpoint {
  /** Programs of this machine need no token. */
  isOpenLocally: boolean
}

function endpointAt(path: string, options: PanelServerOptions): PanelEndpoint | null {
  if (path === '/control') {
    return {
      messageBytesMax: CONTROL_BYTES_MAX,
      sameOriginOnly: true,
      isOpenLocally: false,
      serve: options.onControl,
    }
  }
  const backend = path === '/' ? null : /^\/backends\/([^/]+)\/?$/.exec(path)?.[1]
  if (backend === undefined) return null
  return {
    messageBytesMax: options.messageBytesMax(),
    sameOriginOnly: false,
    isOpenLocally: true,
    serve: (socket) => {
      options.onGateway(socket, backend)
    },
  }
}

/** Inference from this machine and the word that we live need no token; everything else does. */
function refusalOf(
  request: IncomingMessage,
  endpoint: PanelEndpoint | null,
  access: Access | null,
): Refusal | null {
  const isOpen =
    endpoint === null
      ? pathOf(request) === LIVE_PATH || (isApiPath(pathOf(request)) && isLocal(request))
      : endpoint.isOpenLocally && isLocal(request)
  if (isOpen || access?.isGranted(request) === true) return null
  return {
    status: 401,
    reason:
      'Open the panel with the whole address that Switchyard printed ("Panel: ..."); programs send Authorization: Bearer <token>.',
    isWrongToken: access?.hasToken(request) === true,
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    path,
    files,
    access,
    options,
  }: {
    path: string
    files: ReturnType<typeof sirv>
    access: Access | null
    options: PanelServerOptions
  },
): void {
  if (path === LIVE_PATH) {
    answerText(response, 200, 'live')
    return
  }
  const cookie = access?.cookieFor(request) ?? null
  if (cookie !== null) {
    letIn(request, response, cookie)
    return
  }
  options.answerPage(request, response, path).then(
    (isAnswered) => {
      if (!isAnswered) answerFile(request, response, path, files)
    },
    (error: unknown) => {
      options.onFault(`GET ${path} failed: ${messageOf(error)}`)
      if (response.headersSent) response.destroy()
      else answerText(response, 500, 'this page could not be made; the log says why')
    },
  )
}

function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  files: ReturnType<typeof sirv>,
): void {
  // The files are small, and a range whose end is before its start makes Node's file stream throw.
  delete request.headers.range
  // A build may take the file away between the look at it and its opening.
  response.on('pipe', (file) => {
    file.on('error', () => response.destroy())
  })
  files(request, response, () => {
    answerText(response, 404, `no page ${path}; the panel is at /`)
  })
}

/**
 * The token leaves the address bar, the history and the Referer with this answer. Behind a link on a page of elsewhere a redirect
 * would still count as that page's, and the browser would hold the SameSite=Strict cookie back; a page of ours goes on as ours.
 */
function letIn(request: IncomingMessage, response: ServerResponse, cookie: string): void {
  const headers = { 'set-cookie': cookie, 'cache-control': 'no-store' }
  const site = request.headers['sec-fetch-site'] ?? 'none'
  if (site === 'none' || site === 'same-origin') {
    response.writeHead(303, { ...headers, location: '/' }).end()
    return
  }
  response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
  response.end(
    '<!doctype html><title>Switchyard</title><meta http-equiv="refresh" content="0; url=/">',
  )
}

const CONTROL_BYTES_MAX = 1024 * 1024
const LIVE_PATH = '/health/live'

/** An address that a browser on this machine can open. */
function openableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === 'localhost') return '127.0.0.1'
  return hostInUrl(host)
}
