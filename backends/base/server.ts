/** WebSocket and HTTP on one port: reads messages, writes replies, knows nothing of models. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type {
  InferenceRequest,
  InferenceResponse,
  ModelFile,
  Pong,
  Reloaded,
} from '../../protocol/backend.ts'
import { ProtocolError, type ErrorCode } from '../../protocol/errors.ts'
import { refusalOf } from '../../protocol/origin.ts'
import { parseClientMessage } from '../../protocol/parse_message.ts'
import type { BackendLog } from './backend.ts'
import type { Dialect } from './dialect.ts'

/** What the server asks of the backend behind it. */
export interface BackendService {
  /** The answer to a health check, as things stand now. */
  pong(): Pong
  /** Answers a request; rejects with ProtocolError. `client` is the same object for all messages of one connection. */
  infer(
    client: object,
    request: InferenceRequest,
    attachments: readonly Uint8Array[],
    arrivedMs: number,
  ): Promise<InferenceResponse>
  cancel(client: object, requestId: string): boolean
  reload(): Promise<ModelFile[]>
  disconnected(client: object): void
  /** An error was answered to a message that never became a request. */
  noteRefused(code: ErrorCode): void
  /** GET /metrics. */
  metricsPage(): Promise<{ contentType: string; text: string }>
}

export interface ServerOptions {
  host: string
  /** 0 = any free port. */
  port: number
  messageBytesMax: number
  service: BackendService
  dialect: Dialect
  log: BackendLog
  now: () => number
}

export interface BackendServer {
  readonly url: string
  readonly port: number
  /** Closes every connection and waits until the port is free. */
  close(): Promise<void>
}

/** Listens; rejects with Node's error (EADDRINUSE, EACCES, ..) when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<BackendServer> {
  const { host, log } = options
  const http = createServer((request, response) => {
    answerHttp(request, options).then(
      ({ status, contentType = JSON_TYPE, text }) => {
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
        response.end(text)
      },
      (error: unknown) => {
        log.error(`GET ${request.url} failed: ${String(error)}`)
        response.writeHead(500).end()
      },
    )
  })
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.messageBytesMax,
    perMessageDeflate: false,
    // Broken UTF-8 is answered as invalid JSON; ws itself would close the connection for it.
    skipUTF8Validation: true,
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => {
      log.debug(`connection failed before it was open: ${error.message}`)
    })
    const refusal = refusalOf(request.headers, { allowedHosts: [host] })
    if (refusal !== null) {
      log.warn(`connection refused: ${refusal}`)
      socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n${refusal}\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      serve(client, options)
    })
  })
  await listen(http, options)
  const { port } = http.address() as AddressInfo
  return {
    port,
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => close(http, sockets),
  }
}

function serve(client: WebSocket, options: ServerOptions): void {
  const { service, dialect, log } = options
  const send = (message: object) => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify(message))
  }
  client.on('error', (error: Error & { code?: string }) => {
    const limit = `${options.messageBytesMax} bytes (max_message_bytes)`
    log.warn(
      error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
        ? `connection closed with 1009: a message is larger than ${limit}`
        : `connection failed: ${error.message}`,
    )
  })
  client.on('close', () => {
    service.disconnected(client)
  })
  client.on('message', (data: Buffer, isBinary: boolean) => {
    const arrivedMs = options.now()
    const refuse = (requestId: string | null, type: string | null, error: ProtocolError) => {
      send(dialect.error({ requestId, type, latencyMs: options.now() - arrivedMs }, error))
    }
    const parsed = parseClientMessage(data, isBinary)
    if (!parsed.ok) {
      const { requestId, type, error } = parsed
      service.noteRefused(error.code)
      log.warn(`message refused: ${error.message}`, {
        code: error.code,
        ...(requestId === null ? {} : { request_id: requestId }),
      })
      refuse(requestId, type, error)
      return
    }
    const { message, attachments } = parsed
    switch (message.type) {
      case 'health_check':
        send(dialect.health(service.pong()))
        return
      case 'ping':
        send(dialect.ping(service.pong()))
        return
      case 'cancel':
        if (!service.cancel(client, message.request_id)) {
          refuse(message.request_id, message.type, unknownRequest(message.request_id))
        }
        return
      case 'reload': {
        const { request_id: requestId = null, type } = message
        service.reload().then(
          (models) => {
            send({ type: 'reloaded', request_id: requestId, models } satisfies Reloaded)
          },
          (error: unknown) => {
            refuse(requestId, type, asProtocolError(error))
          },
        )
        return
      }
      case 'inference_request':
        void service.infer(client, message, attachments, arrivedMs).then(
          (response) => {
            send(dialect.response(response))
          },
          (error: unknown) => {
            refuse(message.request_id, message.type, asProtocolError(error))
          },
        )
        return
      default:
        message satisfies never
    }
  })
}

const unknownRequest = (requestId: string) =>
  new ProtocolError(
    'invalid_request',
    `no request "${requestId}" is in flight on this connection; it may be answered already`,
  )

function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ProtocolError('internal', message, { cause: error })
}

interface HttpAnswer {
  status: number
  contentType?: string
  text: string
}

const JSON_TYPE = 'application/json; charset=utf-8'
const json = (status: number, body: object): HttpAnswer => ({
  status,
  text: `${JSON.stringify(body)}\n`,
})

async function answerHttp(
  request: IncomingMessage,
  { host, service }: ServerOptions,
): Promise<HttpAnswer> {
  const refusal = refusalOf(request.headers, { allowedHosts: [host] })
  if (refusal !== null) return json(403, { error: refusal })
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return json(405, { error: `method ${request.method} is not allowed; use GET` })
  }
  const path = (request.url ?? '/').split('?')[0]
  switch (path) {
    case '/health/live':
      return json(200, { status: 'live' })
    case '/health/ready': {
      const pong = service.pong()
      return json(pong.model_loaded === true ? 200 : 503, pong)
    }
    case '/metrics':
      return { status: 200, ...(await service.metricsPage()) }
    default:
      return json(404, {
        error: `no page ${path}; there are /health/live, /health/ready, /metrics and WebSocket`,
      })
  }
}

function listen(http: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen({ host, port }, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

async function close(http: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.close(1001, 'the backend stops')
  const closed = new Promise<void>((resolve) =>
    http.close(() => {
      resolve()
    }),
  )
  sockets.close()
  const force = setTimeout(() => {
    for (const client of sockets.clients) client.terminate()
    http.closeAllConnections()
  }, CLOSE_HANDSHAKE_MS)
  await closed
  clearTimeout(force)
}

/** A peer that does not answer the closing handshake in this time is cut off. */
const CLOSE_HANDSHAKE_MS = 500
