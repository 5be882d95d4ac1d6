import type { WebSocket } from 'ws'
import type {
  InferenceRequest,
  InferenceResponse,
  ModelFile,
  Pong,
  Reloaded,
} from '../../protocol/backend.ts'
import { type ErrorCode, ProtocolError, saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { hostInUrl } from '../../protocol/address.ts'
import { decodeBase64Text } from './base64.ts'
import { readClientMessage, type ParsedMessage } from '../../protocol/parse_message.ts'
import { NO_CONTENT_POLICY } from '../../server/http_answers.ts'
import { markBusy } from '../../server/busy.ts'
import { Inbox, type ArrivedMessage } from '../../server/inbox.ts'
import { SOCKET_LIMITS, type SocketLimits } from '../../server/limits.ts'
import { openPort } from '../../server/port.ts'
import { RepeatedLines } from '../../server/repeated_lines.ts'
import { faultOfOpening, isSameSecret, refusalOfPeer, secretOf } from '../../server/token.ts'
import type { BackendLog } from './backend.ts'
import type { Dialect } from './dialect.ts'

export interface BackendService {
  pong(): Pong
  /** Rejects with ProtocolError. `client` is the same object for all messages of one connection. */
  infer(
    client: object,
    request: InferenceRequest,
    attachments: readonly Uint8Array[],
    arrivedMs: number,
  ): Promise<InferenceResponse>
  cancel(client: object, requestId: string): boolean
  reload(): Promise<ModelFile[]>
  disconnected(client: object): void
  noteRefused(code: ErrorCode): void
  metricsPage(): Promise<{ contentType: string; text: string }>
}

export interface ServerOptions {
  host: string
  port: number
  messageBytesMax: number
  token?: string | null
  limits?: Partial<SocketLimits>
  service: BackendService
  dialect: Dialect
  log: BackendLog
  now: () => number
}

export interface BackendServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Rejects with Node's error if the port is unavailable, and for a non-loopback `host` without a token. */
export async function startServer(options: ServerOptions): Promise<BackendServer> {
  const { host, log, token = null } = options
  const fault = faultOfOpening(host, token)
  if (fault !== null) throw new Error(fault)
  const endpoint = {
    messageBytesMax: options.messageBytesMax,
    sameOriginOnly: false,
    serve: (client: WebSocket) => {
      serve(client, options)
    },
  }
  const { port, close } = await openPort({
    host,
    port: options.port,
    contentPolicy: NO_CONTENT_POLICY,
    allowsLinks: false,
    isProven: (request) => token !== null && isSameSecret(secretOf(request), token),
    refusalOf: (request) => refusalOfPeer(request, token),
    // Accept any path: clients of a single backend send various ones.
    endpointAt: () => endpoint,
    endpointText: '',
    answer: (_request, response, path) => {
      answerHttp(path, options).then(
        ({ status, contentType = JSON_TYPE, text }) => {
          response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
          response.end(text)
        },
        (error: unknown) => {
          log.error(`GET ${path} failed: ${String(error)}`)
          response.writeHead(500).end()
        },
      )
    },
    onRefused: (reason) => {
      log.warn(`connection refused: ${reason}`)
    },
    limits: options.limits,
    now: options.now,
  })
  return {
    port,
    url: `ws://${hostInUrl(host)}:${port}`,
    close: () => close('the backend stops'),
  }
}

function serve(client: WebSocket, options: ServerOptions): void {
  const { service, dialect, log } = options
  const { inFlightMax = SOCKET_LIMITS.inFlightMax } = options.limits ?? {}
  let inFlight = 0
  const send = (message: object) => {
    if (client.readyState === client.OPEN) client.send(JSON.stringify(message))
  }
  /** Replies when `run` settles; immediately if this connection has too many requests in flight. */
  const answerLater = (
    run: () => Promise<object>,
    refuse: (error: ProtocolError) => void,
  ): Promise<void> => {
    if (inFlight >= inFlightMax) {
      service.noteRefused('queue_full')
      refuse(tooManyInFlight(inFlightMax))
      return Promise.resolve()
    }
    inFlight++
    markBusy(client, true)
    return run()
      .finally(() => {
        inFlight--
        markBusy(client, inFlight > 0)
      })
      .then(send)
      .catch((error: unknown) => {
        refuse(asProtocolError(error))
      })
  }
  client.on('error', (error: Error & { code?: string }) => {
    const limit = `${options.messageBytesMax} bytes (max_message_bytes)`
    log.warn(
      error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
        ? `connection closed with 1009: a message is larger than ${limit}`
        : `connection failed: ${error.message}`,
    )
  })
  const refusals = new RepeatedLines<Record<string, unknown>>({
    add: (message, fields) => {
      log.warn(message, fields)
    },
    now: options.now,
  })
  client.on('close', () => {
    refusals.flush({})
    service.disconnected(client)
  })
  const take = (parsed: ParsedMessage, { arrivedMs, holdUntil }: ArrivedMessage) => {
    // A reply after the close started could not be sent.
    if (client.readyState !== client.OPEN) return
    const refuse = (requestId: string | null, type: string | null, error: ProtocolError) => {
      send(dialect.error({ requestId, type, latencyMs: options.now() - arrivedMs }, error))
    }
    if (!parsed.ok) {
      const { requestId, type, error } = parsed
      service.noteRefused(error.code)
      refusals.add(`message refused: ${error.message}`, {
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
        void answerLater(
          async () => {
            const models = await service.reload()
            return { type: 'reloaded', request_id: requestId, models } satisfies Reloaded
          },
          (error) => {
            refuse(requestId, type, error)
          },
        )
        return
      }
      case 'inference_request':
        holdUntil(
          answerLater(
            async () =>
              dialect.response(await service.infer(client, message, attachments, arrivedMs)),
            (error) => {
              refuse(message.request_id, message.type, error)
            },
          ),
        )
        return
      default:
        message satisfies never
    }
  }
  new Inbox(client, {
    read: (data, isBinary) => readClientMessage(data, isBinary, decodeBase64Text),
    take,
    now: options.now,
  })
}

const tooManyInFlight = (limit: number) =>
  new ProtocolError('queue_full', message('run.many', { limit }))

const unknownRequest = (requestId: string) =>
  new ProtocolError('invalid_request', message('run.unknown', { id: requestId }))

function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error
  return new ProtocolError('internal', saidBy(error), { cause: error })
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

async function answerHttp(path: string, { service }: ServerOptions): Promise<HttpAnswer> {
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
