/** One program's connection to the gateway: routes each message to a backend and answers for backends that cannot. */
import { WebSocket } from 'ws'
import type { Pong, ServerMessage } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { parseClientMessage } from '../../protocol/parse_message.ts'
import type { LogStore } from '../logs/log_store.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'

export interface GatewayClientOptions {
  socket: WebSocket
  /** The backend of the path `/backends/<name>`; null for a connection to the root, where each request names one. */
  pathBackend: string | null
  find(name: string): Supervisor | undefined
  names(): string[]
  logs: LogStore
}

interface InFlight {
  supervisor: Supervisor
  timer: NodeJS.Timeout
}

/** A message as it came; it is passed on without being encoded again. */
interface Frame {
  data: Buffer
  isBinary: boolean
}

/** A connection of this client's own to one backend: its requests cannot be mixed up with those of other clients. */
interface Route {
  socket: WebSocket
  waiting: Frame[]
}

export class GatewayClient {
  private readonly options: GatewayClientOptions
  private readonly routes = new Map<Supervisor, Route>()
  private readonly inFlight = new Map<string, InFlight>()

  constructor(options: GatewayClientOptions) {
    this.options = options
    const { socket } = options
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.receive(data, isBinary)
    })
    socket.on('error', (error) => {
      this.log('warn', `client connection failed: ${error.message}`)
    })
    socket.on('close', () => {
      for (const { timer } of this.inFlight.values()) clearTimeout(timer)
      this.inFlight.clear()
      for (const route of this.routes.values()) route.socket.terminate()
      this.routes.clear()
    })
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const parsed = parseClientMessage(data, isBinary)
    if (!parsed.ok) {
      this.refuse(parsed.requestId, parsed.error)
      return
    }
    const { message } = parsed
    const requestId = 'request_id' in message ? (message.request_id as string) : null
    try {
      if (message.type === 'reload') {
        throw new ProtocolError('invalid_request', 'reload goes to the port of the backend itself')
      }
      if (message.type === 'cancel') {
        this.cancel(message.request_id, { data, isBinary })
        return
      }
      const supervisor = this.route('backend' in message ? message.backend : undefined)
      if (message.type !== 'inference_request') this.send(stateOf(supervisor))
      else this.forward(supervisor, message.request_id, { data, isBinary })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.refuse(requestId, error)
    }
  }

  private route(named: unknown): Supervisor {
    const { pathBackend, find, names } = this.options
    const name = pathBackend ?? named
    const known = names().join(', ') || 'none is configured'
    if (typeof name !== 'string') {
      throw new ProtocolError(
        'invalid_request',
        `backend is missing; name one of: ${known}, or connect to /backends/<name>`,
      )
    }
    const supervisor = find(name)
    if (supervisor === undefined) {
      throw new ProtocolError('invalid_request', `there is no backend "${name}"; known: ${known}`)
    }
    return supervisor
  }

  private forward(supervisor: Supervisor, requestId: string, frame: Frame): void {
    if (!supervisor.isServing) {
      const { state, detail } = supervisor.view()
      throw new ProtocolError(
        'not_ready',
        `${supervisor.name} is ${state}${detail === null ? '' : ` (${detail})`}; start it, or wait until it is ready`,
      )
    }
    if (this.inFlight.has(requestId)) {
      throw new ProtocolError(
        'invalid_request',
        `request_id "${requestId}" is in flight already on this connection; give each request an id of its own`,
      )
    }
    const seconds = supervisor.config.request_timeout
    const timer = setTimeout(() => {
      if (!this.inFlight.delete(requestId)) return
      this.refuse(
        requestId,
        new ProtocolError(
          'timeout',
          `${supervisor.name} did not answer within ${seconds} s (request_timeout)`,
        ),
      )
    }, seconds * 1000)
    this.inFlight.set(requestId, { supervisor, timer })
    this.log('debug', `request to ${supervisor.name}, ${frame.data.length} bytes`, requestId)
    this.write(supervisor, frame)
  }

  private cancel(requestId: string, frame: Frame): void {
    const request = this.inFlight.get(requestId)
    if (request === undefined) {
      throw new ProtocolError(
        'invalid_request',
        `no request "${requestId}" is in flight on this connection; it may be answered already`,
      )
    }
    this.write(request.supervisor, frame)
  }

  private write(supervisor: Supervisor, frame: Frame): void {
    const route = this.routes.get(supervisor) ?? this.connect(supervisor)
    if (route.socket.readyState === WebSocket.OPEN) sendFrame(route.socket, frame)
    else route.waiting.push(frame)
  }

  private connect(supervisor: Supervisor): Route {
    const socket = new WebSocket(supervisor.url, {
      perMessageDeflate: false,
      maxPayload: supervisor.config.max_message_bytes,
    })
    const route: Route = { socket, waiting: [] }
    this.routes.set(supervisor, route)
    socket.on('open', () => {
      for (const frame of route.waiting.splice(0)) sendFrame(socket, frame)
    })
    socket.on('message', (data: Buffer) => {
      this.answer(supervisor, data)
    })
    // `close` follows and answers what is lost.
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => {
      if (this.routes.get(supervisor) === route) this.routes.delete(supervisor)
      this.loseAll(supervisor, code, reason.toString('utf8'))
    })
    return route
  }

  private answer(supervisor: Supervisor, data: Buffer): void {
    const text = data.toString('utf8')
    const id = requestIdOf(text)
    if (id === null) {
      this.log('warn', `${supervisor.name} sent a message without a readable request_id`)
      return
    }
    const request = this.inFlight.get(id)
    // Late: it was answered with a timeout before.
    if (request === undefined) return
    clearTimeout(request.timer)
    this.inFlight.delete(id)
    this.sendText(text)
  }

  private loseAll(supervisor: Supervisor, code: number, reason: string): void {
    for (const [id, request] of this.inFlight) {
      if (request.supervisor !== supervisor) continue
      clearTimeout(request.timer)
      this.inFlight.delete(id)
      const error =
        code === 1009
          ? new ProtocolError(
              'too_large',
              `the message is larger than ${supervisor.name} takes (max_message_bytes ${supervisor.config.max_message_bytes})`,
            )
          : new ProtocolError(
              'backend_lost',
              `${supervisor.name} closed the connection (code ${code}${reason === '' ? '' : `, ${reason}`}) with the request in flight; send it again`,
            )
      this.refuse(id, error)
    }
  }

  private refuse(requestId: string | null, error: ProtocolError): void {
    this.log('warn', `answered ${error.code}: ${error.message}`, requestId)
    this.send({ type: 'error', request_id: requestId, error: error.message, code: error.code })
  }

  private send(message: ServerMessage): void {
    this.sendText(JSON.stringify(message))
  }

  private sendText(text: string): void {
    const { socket } = this.options
    if (socket.readyState === WebSocket.OPEN) socket.send(text)
  }

  private log(level: 'debug' | 'warn', message: string, requestId: string | null = null): void {
    this.options.logs.add({
      source: 'gateway',
      level,
      message,
      ...(requestId === null ? {} : { request_id: requestId }),
    })
  }
}

const sendFrame = (socket: WebSocket, { data, isBinary }: Frame) => {
  socket.send(data, { binary: isBinary })
}

/** What `health_check` answers for a backend through the gateway, also while it is off. */
function stateOf(supervisor: Supervisor): Pong {
  if (supervisor.pong !== null && supervisor.isServing) return supervisor.pong
  const { state, detail } = supervisor.view()
  const isOnItsWay = state === 'starting' || state === 'loading'
  return {
    type: 'pong',
    status: isOnItsWay ? 'loading' : 'unhealthy',
    backend: supervisor.name,
    model_loaded: false,
    detail: detail === null ? state : `${state}: ${detail}`,
  }
}

/** Both dialects carry it at the top. */
function requestIdOf(text: string): string | null {
  try {
    const id = (JSON.parse(text) as { request_id?: unknown } | null)?.request_id
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}
