/** The main port: panel files, /control, and the gateway's WebSockets, with their access rules. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import sirv from 'sirv'
import type { WebSocket } from 'ws'
import { messageOf } from '../../protocol/errors.ts'
import { hostInUrl } from '../../protocol/address.ts'
import { answerText } from '../../server/http_answers.ts'
import type { SocketLimits } from '../../server/limits.ts'
import { isLocal } from '../../server/peer.ts'
import { openPort, pathOf, type Endpoint } from '../../server/port.ts'
import { secretOf, type Refusal } from '../../server/token.ts'
import type { Access } from './access.ts'
import { contentPolicy } from './content_policy.ts'
import { isApiPath, type AnswerPage } from './pages.ts'

export interface PanelServerOptions {
  host: string
  port: number
  panelDir: string
  messageBytesMax: () => number
  onControl(socket: WebSocket): void
  /** `backend` is that of the path, or null for the root. */
  onGateway(socket: WebSocket, backend: string | null): void
  ownOrigins?: readonly string[]
  allowedNames?: readonly string[]
  onRefused(reason: string): void
  answerPage: AnswerPage
  onFault(reason: string): void
  access: Access
  limits?: Partial<SocketLimits>
}

export interface PanelServer {
  readonly port: number
  /** Contains the token: for a terminal or a file readable by its owner only, never for process arguments. */
  readonly url: string
  /** Contains a one-time code: for the arguments of the browser that opens it. */
  createOpeningUrl(): string
  /** Closes the WebSockets that were opened with a secret that is no longer valid. */
  signOut(): void
  close(): Promise<void>
}

/** Rejects with Node's error when the port is not available. */
export async function startPanelServer(options: PanelServerOptions): Promise<PanelServer> {
  const files = sirv(options.panelDir, { etag: true })
  const { access } = options
  const { port, signOut, close } = await openPort<PanelEndpoint>({
    host: options.host,
    port: options.port,
    contentPolicy: contentPolicy(),
    allowsLinks: true,
    ownOrigins: options.ownOrigins,
    allowedNames: options.allowedNames ?? [],
    isProven: (request) => access.isGranted(request),
    isPublic: isPanelFile,
    refusalOf: (request, endpoint) => refusalOf(request, endpoint, access),
    endpointAt: (path) => endpointAt(path, options),
    endpointText: 'no such WebSocket; use / or /backends/<name> for inference',
    answer: (request, response, path) => {
      answer(request, response, { path, files, options })
    },
    onRefused: options.onRefused,
    limits: options.limits,
  })
  const address = `http://${openableHost(options.host)}:${port}/`
  return {
    port,
    get url() {
      return `${address}?token=${access.token}`
    },
    createOpeningUrl: () => `${address}?code=${access.createCode()}`,
    signOut: () => {
      signOut('The token was replaced. Sign in again.')
    },
    close: () => close('Switchyard stops'),
  }
}

interface PanelEndpoint extends Endpoint {
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

/** Public: local inference and API calls, liveness, and the panel's files, which are the same in every installation. */
function refusalOf(
  request: IncomingMessage,
  endpoint: PanelEndpoint | null,
  access: Access,
): Refusal | null {
  if (access.isGranted(request)) return null
  const path = pathOf(request)
  const isOpen =
    endpoint === null
      ? path === LIVE_PATH ||
        isPanelFile(path) ||
        (isApiPath(path) && isLocal(request)) ||
        (path === SESSION_PATH && access.isRedeemable(request))
      : endpoint.isOpenLocally && isLocal(request)
  if (isOpen) return null
  return {
    status: 401,
    reason:
      'Open the panel with the whole address that Switchyard printed ("Panel: ..."); programs send Authorization: Bearer <token>.',
    isWrongToken: secretOf(request) !== undefined,
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    path,
    files,
    options,
  }: {
    path: string
    files: ReturnType<typeof sirv>
    options: PanelServerOptions
  },
): void {
  if (path === LIVE_PATH) {
    answerText(response, 200, 'live')
    return
  }
  if (path === SESSION_PATH) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ key: options.access.keyFor(request) }))
    return
  }
  options.answerPage(request, response, path).then(
    (isAnswered) => {
      if (!isAnswered) answerFile(request, response, path, files)
    },
    (error: unknown) => {
      options.onFault(`GET ${path} failed: ${messageOf(error)}`)
      if (response.headersSent) response.destroy()
      else answerText(response, 500, 'Could not create this page. See the log.')
    },
  )
}

function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  files: ReturnType<typeof sirv>,
): void {
  // The files are small, and a reversed range makes Node's file stream throw.
  delete request.headers.range
  // A build may remove the file between the check and the open.
  response.on('pipe', (file) => {
    file.on('error', () => response.destroy())
  })
  files(request, response, () => {
    answerText(response, 404, `no page ${path}; the panel is at /`)
  })
}

const CONTROL_BYTES_MAX = 1024 * 1024
const LIVE_PATH = '/health/live'
/** Where a page exchanges the secret in its address for the key of its origin. */
const SESSION_PATH = '/session'

/** An allowlist, so that new kinds of files are private by default. */
const isPanelFile = (path: string) =>
  path === '/' || path === '/index.html' || path === '/favicon.svg' || path.startsWith('/assets/')

function openableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === 'localhost') return '127.0.0.1'
  return hostInUrl(host)
}
