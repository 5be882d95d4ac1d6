/** Opens a port for HTTP and WebSockets and enforces its limits. Decides who may connect; the caller decides what is served. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import { isAllowedOrigin, refusalOf } from '../protocol/origin.ts'
import { Connections } from './connections.ts'
import {
  METHOD_SENTENCE,
  answerClientError,
  answerSocket,
  answerText,
  setSecurityHeaders,
  setSharingHeaders,
} from './http_answers.ts'
import { SOCKET_LIMITS, type SocketLimits } from './limits.ts'
import { addressKey } from './peer.ts'
import { Receipts } from './receipts.ts'
import { RepeatedLines } from './repeated_lines.ts'
import { SocketWatch } from './socket_watch.ts'
import { SECRET_PROTOCOL, offeredSecretOf, secretOf, type Refusal } from './token.ts'
import { WrongTokens } from './wrong_tokens.ts'

export interface Endpoint {
  /** Largest message in bytes; a larger one closes the connection with code 1009. */
  messageBytesMax: number
  sameOriginOnly: boolean
  serve(socket: WebSocket): void
}

export interface PortOptions<E extends Endpoint = Endpoint> {
  host: string
  port: number
  contentPolicy: string
  allowsLinks: boolean
  ownOrigins?: readonly string[] | undefined
  /** Whether the request carries a valid secret: it gets a reserved connection on a full port. */
  isProven(request: IncomingMessage): boolean
  isPublic?(path: string): boolean
  /** Host names under which clients reach this port; see `OriginRule`. When given, refusals name the option. */
  allowedNames?: readonly string[] | undefined
  /** Why a request from an allowed page or program is refused; null when it is not. */
  refusalOf(request: IncomingMessage, endpoint: E | null): Refusal | null
  answer(request: IncomingMessage, response: ServerResponse, path: string): void
  endpointAt(path: string): E | null
  endpointText: string
  /** The reason holds no token. */
  onRefused(reason: string): void
  limits?: Partial<SocketLimits> | undefined
  now?: (() => number) | undefined
}

export interface OpenPort {
  readonly port: number
  /** Closes the WebSockets that were opened with a secret, with code 4401. */
  signOut(reason: string): void
  /** Closes every connection with code 1001 and waits until the port is free. */
  close(reason: string): Promise<void>
}

/** A peer that does not answer the closing handshake in this time is disconnected. */
const CLOSE_HANDSHAKE_MS = 500
/** In the range for applications; https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2 */
const SIGNED_OUT_CODE = 4401
const PATH_LENGTH_MAX = 200

/** Rejects with Node's error (EADDRINUSE, EACCES, ..) when the port is not available. */
export async function openPort<E extends Endpoint>(options: PortOptions<E>): Promise<OpenPort> {
  const limits = { ...SOCKET_LIMITS, ...options.limits }
  const now = options.now ?? (() => performance.now())
  const door = new Door(options, limits, now)
  const http = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    (request, response) => {
      door.request(request, response)
    },
  )
  http.timeout = limits.idleTimeoutMs
  http.maxHeadersCount = limits.headersMax
  http.on('connection', (socket: Socket) => {
    door.connection(socket)
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    door.upgrade(request, socket, head)
  })
  // Without a listener Node would drop a CONNECT without a response.
  http.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', ignore)
    answerSocket(socket, 405, METHOD_SENTENCE)
  })
  http.on('clientError', answerClientError)
  try {
    await listen(http, options)
  } catch (error) {
    door.watch.close()
    door.receipts.close()
    throw error
  }
  // Such as EMFILE when a connection is accepted: it must not end the process.
  http.on('error', (error) => {
    options.onRefused(`a connection could not be accepted: ${error.message}`)
  })
  const { port } = http.address() as AddressInfo
  return {
    port,
    signOut: (reason) => {
      door.signOut(reason)
    },
    close: (reason) => close(http, door, reason),
  }
}

/** Accepts every connection, request and upgrade, or answers it with a reason. */
class Door<E extends Endpoint> {
  readonly connections: Connections
  readonly watch: SocketWatch
  readonly receipts: Receipts
  readonly sockets: WebSocketServer
  private readonly options: PortOptions<E>
  private readonly limits: SocketLimits
  private readonly wrongTokens: WrongTokens
  private readonly proven = new Set<WebSocket>()
  private readonly capacityLines: RepeatedLines<null>

  constructor(options: PortOptions<E>, limits: SocketLimits, now: () => number) {
    this.options = options
    this.limits = limits
    this.capacityLines = new RepeatedLines({ add: options.onRefused, now })
    this.connections = new Connections(limits, now, () => {
      this.capacityLines.add('the port is full; the longest idle connection was closed', null)
    })
    this.wrongTokens = new WrongTokens(limits, now)
    this.watch = new SocketWatch({ limits, now, onEnded: options.onRefused })
    this.receipts = new Receipts({ limits, now, onEnded: options.onRefused })
    this.sockets = createSocketServer(limits)
  }

  connection(socket: Socket): void {
    const admission = this.connections.admit(socket)
    if (admission.as !== 'refused') return
    this.capacityLines.add(admission.reason, null)
    // Node has its own error listener on the connection.
    answerSocket(socket, 503, `${admission.reason}; try again later`)
  }

  /** null when it is served. */
  private refusalOfCapacity(request: IncomingMessage): Refusal | null {
    const isTrusted = this.options.isProven(request)
    if (this.connections.isAdmitted(request.socket, { isTrusted })) return null
    const reason = `${this.limits.connectionsMax} connections are open`
    this.capacityLines.add(reason, null)
    return { status: 503, reason: `${reason}; close some, or try again later` }
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    if (!this.connections.isOpen(request.socket)) return
    setSecurityHeaders(response, this.options.contentPolicy)
    const full = this.refusalOfCapacity(request)
    if (full !== null) {
      response.setHeader('connection', 'close')
      answerText(response, full.status, full.reason)
      return
    }
    const path = pathOf(request)
    const refusalOfPage = this.refusalOfHeaders(request, { allowsLinks: this.options.allowsLinks })
    const { origin } = request.headers
    const { ownOrigins = [] } = this.options
    if (refusalOfPage === null && origin !== undefined && isAllowedOrigin(origin, ownOrigins)) {
      setSharingHeaders(response, origin)
      if (request.method === 'OPTIONS') {
        response.writeHead(204).end()
        return
      }
    }
    const refusal =
      refusalOfPage ?? refusalOfMethod(request) ?? this.options.refusalOf(request, null)
    if (refusal === null) {
      this.options.answer(request, response, path)
      return
    }
    response.setHeader('connection', 'close')
    this.refuse(request, path, refusal, () => {
      answerText(response, refusal.status, refusal.reason)
    })
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignore)
    if (!this.connections.isOpen(socket)) return
    const full = this.refusalOfCapacity(request)
    if (full !== null) {
      answerSocket(socket, full.status, full.reason)
      return
    }
    const path = pathOf(request)
    const found = this.endpointFor(request, path)
    if ('status' in found) {
      this.refuse(request, path, found, () => {
        answerSocket(socket, found.status, found.reason)
      })
      return
    }
    this.sockets.options.maxPayload = found.messageBytesMax
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      const address = request.socket.remoteAddress ?? 'an unknown address'
      this.connections.upgraded(socket, client)
      this.receipts.add(client, address)
      this.watch.add(client, { socket, address, messageBytesMax: found.messageBytesMax })
      if (this.options.isProven(request)) this.noteProven(client)
      found.serve(client)
    })
  }

  signOut(reason: string): void {
    for (const client of this.proven) client.close(SIGNED_OUT_CODE, reason)
  }

  private noteProven(client: WebSocket): void {
    this.proven.add(client)
    client.on('close', () => {
      this.proven.delete(client)
    })
  }

  private endpointFor(request: IncomingMessage, path: string): E | Refusal {
    const { endpointAt, endpointText } = this.options
    const endpoint = endpointAt(path)
    const { sameOriginOnly = false } = endpoint ?? {}
    const refusal = this.refusalOfHeaders(request, { sameOriginOnly })
    if (refusal !== null) return refusal
    if (endpoint === null) return { status: 404, reason: endpointText }
    return this.options.refusalOf(request, endpoint) ?? endpoint
  }

  private refusalOfHeaders(
    request: IncomingMessage,
    rule: { sameOriginOnly?: boolean; allowsLinks?: boolean },
  ): Refusal | null {
    if (request.rawHeaders.length / 2 > this.limits.headersMax) {
      return { status: 431, reason: `more than ${this.limits.headersMax} header lines` }
    }
    // Node reads the first one; a proxy in front may read the last.
    if ((request.headersDistinct.host ?? []).length > 1) {
      return { status: 400, reason: 'more than one Host header' }
    }
    const { host, ownOrigins = [], allowedNames, isPublic } = this.options
    const isProven = this.options.isProven(request)
    // A page that holds the secret was signed in at its own origin. Headers alone could be sent on behalf of another page.
    if (isProven && offeredSecretOf(request) !== undefined) return null
    const reason = refusalOf(request.headers, {
      ...rule,
      ownOrigins,
      allowedHosts: [host],
      ...(allowedNames === undefined ? {} : { allowedNames, isConfigurable: true }),
      // Requests through a rebound DNS name carry no secret.
      anyHost: isProven || isPublic?.(pathOf(request)) === true,
    })
    if (reason === null) return null
    // Delayed like other wrong tokens, so that a foreign Host is not a fast way to guess.
    return { status: 403, reason, isWrongToken: !isProven && secretOf(request) !== undefined }
  }

  private refuse(
    request: IncomingMessage,
    path: string,
    { reason, isWrongToken = false }: Refusal,
    answer: () => void,
  ): void {
    this.options.onRefused(`${path.slice(0, PATH_LENGTH_MAX)}: ${reason}`)
    if (!isWrongToken) {
      answer()
      return
    }
    const { socket } = request
    const timer = setTimeout(
      () => {
        socket.off('close', forget)
        answer()
      },
      this.wrongTokens.note(addressKey(socket.remoteAddress ?? '')),
    )
    const forget = () => {
      clearTimeout(timer)
    }
    socket.once('close', forget)
  }
}

function refusalOfMethod({ method }: IncomingMessage): Refusal | null {
  return method === 'GET' || method === 'HEAD' ? null : { status: 405, reason: METHOD_SENTENCE }
}

/**
 * What ws itself limits: a compressed frame is an error (1002), since compression is off and nothing would unpack a bomb; the
 * parts of a message count together against maxPayload (1009), more than 16,384 of them are refused (1008), and a peer with 60
 * unread pings is disconnected.
 */
function createSocketServer({ closeTimeoutMs }: SocketLimits): WebSocketServer {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    perMessageDeflate: false,
    // Invalid UTF-8 gets an `invalid_json` error; ws itself would close the connection.
    skipUTF8Validation: true,
    closeTimeout: closeTimeoutMs,
    // One message per connection and event-loop turn: a client that sends thousands delays only itself.
    allowSynchronousEvents: false,
    // A browser fails a connection whose response names none of the offered protocols.
    handleProtocols: (offered) =>
      [...offered].find((protocol) => !protocol.startsWith(SECRET_PROTOCOL)) ?? false,
  }
  const sockets = new WebSocketServer(options)
  sockets.on('wsClientError', (error: Error, socket: Duplex) => {
    answerSocket(socket, 400, error.message)
  })
  return sockets
}

/** Without the query, which may hold a token. */
export const pathOf = ({ url }: IncomingMessage): string => (url ?? '/').split('?')[0] ?? '/'

const ignore = () => undefined

function listen(http: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen({ host, port }, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

async function close(
  http: Server,
  {
    sockets,
    connections,
    watch,
    receipts,
  }: Pick<Door<Endpoint>, 'sockets' | 'connections' | 'watch' | 'receipts'>,
  reason: string,
) {
  const closed = new Promise<void>((resolve) => {
    http.close(() => {
      resolve()
    })
  })
  for (const client of sockets.clients) client.close(1001, reason)
  sockets.close()
  watch.close()
  receipts.close()
  http.closeIdleConnections()
  const force = setTimeout(() => {
    connections.destroyAll()
  }, CLOSE_HANDSHAKE_MS)
  await closed
  clearTimeout(force)
}
