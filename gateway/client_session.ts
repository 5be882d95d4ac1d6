/**
 * One client's connection to the gateway. It opens a separate connection to each target that it uses: request ids of different clients
 * cannot collide, so no frame is re-encoded; the backend is fair between clients; and when the client disconnects, the
 * backend drops its waiting requests. The cost is one loopback connection per client and target.
 */
import { isUtf8 } from 'node:buffer'
import { WebSocket } from 'ws'
import { errorReply, type ErrorMessage, type HealthCheck, type Ping } from '../protocol/backend.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import {
  readRoutedMessage,
  type OutlinedMessage,
  type Reading,
  type RefusedMessage,
} from '../protocol/parse_message.ts'
import { markBusy } from '../server/busy.ts'
import { Inbox } from '../server/inbox.ts'
import { readPauseOf, type ReadPause } from '../server/read_pause.ts'
import { RepeatedLines } from '../server/repeated_lines.ts'
import { healthOf, healthOfAll } from './backend_health.ts'
import type { Frame } from './frames.ts'
import { platformError, platformHealth, platformPong, speaksPlatform } from './platform_client.ts'
import { RoutedRequest, type RequestOwner, type Routing } from './routed_request.ts'
import type { GatewayBackend, GatewayLog, GatewayTarget } from './targets.ts'
import { Upstream, type OpenSocket } from './upstream.ts'

export interface ClientSessionOptions {
  socket: WebSocket
  /** null for a connection to the root, where each request names a backend. */
  pathBackend: string | null
  routing: Routing
  names(): string[]
  logs: GatewayLog
  openSocket: OpenSocket
}

/** Per client; further requests fail immediately with `queue_full`. Backends have smaller limits. */
const REQUESTS_MAX = 10_000
/** Requests with an error reply that the backend has not answered; above it the oldest are forgotten. */
const OWED_MAX = 1000
/** While a client leaves this many bytes of replies unread, its backends are not read. */
const UNREAD_BYTES_MAX = 64 * 1024 ** 2
/** RFC 6455, 7.4.1. */
const CLOSE_INTERNAL = 1011

export class ClientSession implements RequestOwner {
  private readonly options: ClientSessionOptions
  private readonly upstreams = new Map<string, Upstream>()
  private readonly requests = new Map<string, RoutedRequest>()
  /** Requests that have a reply but no answer of the backend. */
  private readonly owed = new Set<RoutedRequest>()
  private readonly reading: ReadPause
  private readonly warnings: RepeatedLines<string | null>
  private unsentBytes = 0
  private readingBytes = 0
  private hasFailed = false
  private isPlatform = false
  private isUnread = false

  constructor(options: ClientSessionOptions) {
    this.options = options
    const { socket } = options
    this.reading = readPauseOf(socket)
    const { monotonic } = options.routing.clock
    this.warnings = new RepeatedLines({
      add: (message, requestId) => {
        this.write('warn', message, requestId)
      },
      now: monotonic,
    })
    new Inbox(socket, {
      onBegin: (bytes) => {
        this.setReading(bytes)
      },
      read: (data, isBinary) => this.guardedReading(readFrame(data, isBinary)),
      take: (read, { data, isBinary }) => {
        this.guard(() => {
          this.receive(read, { data, isBinary })
        })
        this.setReading(0)
      },
      now: monotonic,
    })
    socket.on('error', (error) => {
      this.log('warn', `client connection failed: ${error.message}`, null)
    })
    socket.on('close', () => {
      this.guard(() => {
        this.end()
      })
    })
  }

  readonly guard = (act: () => void): void => {
    try {
      act()
    } catch (error) {
      this.fail(error)
    }
  }

  upstreamTo(backend: GatewayBackend, target: GatewayTarget): Upstream {
    // A target that restarts at another address needs a new connection.
    const key = `${target.id} ${target.url}`
    const open = this.upstreams.get(key)
    if (open !== undefined && !open.isClosed) return open
    const upstream: Upstream = new Upstream({
      url: target.url,
      token: target.token,
      messageBytesMax: target.config.max_message_bytes,
      openSocket: this.options.openSocket,
      guard: this.guard,
      isWanted: () => {
        const targets = this.options.routing.find(backend.name)?.targets ?? []
        const same = targets.find(({ id, url }) => id === target.id && url === target.url)
        return same !== undefined && (same.isServing || same.config.enabled)
      },
      onStray: (why) => {
        this.options.routing.metrics.noteLate(backend.name)
        this.log('warn', `A reply of ${target.id} matches no request: it ${why}`, null)
      },
      onClose: () => {
        if (this.upstreams.get(key) === upstream) this.upstreams.delete(key)
      },
    })
    upstream.pause(this.isUnread)
    this.upstreams.set(key, upstream)
    return upstream
  }

  closeUnwanted(): void {
    this.guard(() => {
      for (const upstream of this.upstreams.values()) upstream.closeUnlessWanted()
    })
  }

  reply(message: Buffer | ErrorMessage): void {
    if (Buffer.isBuffer(message)) this.send(message)
    else this.sendJson(message)
  }

  log(level: 'debug' | 'warn' | 'error', message: string, requestId: string | null): void {
    if (level === 'warn') this.warnings.add(message, requestId)
    else this.write(level, message, requestId)
  }

  private write(
    level: 'debug' | 'warn' | 'error',
    message: string,
    requestId: string | null,
  ): void {
    this.options.logs.add({
      source: 'gateway',
      level,
      message,
      ...(requestId === null ? {} : { request_id: requestId }),
    })
  }

  onFlushed(bytes: number): void {
    this.unsentBytes -= bytes
    this.options.routing.held.remove(bytes)
    this.regulate()
  }

  onAnswered(request: RoutedRequest): void {
    this.owed.add(request)
    const [oldest] = this.owed
    if (this.owed.size > OWED_MAX) oldest?.forget()
  }

  onEnd(request: RoutedRequest): void {
    this.owed.delete(request)
    if (this.requests.get(request.id) === request) this.requests.delete(request.id)
    markBusy(this.options.socket, this.requests.size > 0)
  }

  private guardedReading(reading: ReturnType<typeof readFrame>): ReturnType<typeof readFrame> {
    return {
      step: (bytes) => {
        try {
          return reading.step(bytes)
        } catch (cause) {
          this.fail(cause)
          const error = new ProtocolError('internal', message('request.unread'), { cause })
          return { ok: false, requestId: null, type: null, error }
        }
      },
    }
  }

  private receive(read: OutlinedMessage | RefusedMessage, frame: Frame): void {
    if (this.hasFailed) return
    if (!read.ok) {
      this.refuse(read.requestId, read.error, read)
      return
    }
    const { message } = read
    const requestId = 'request_id' in message ? (message.request_id as string) : null
    try {
      this.handle(read, frame)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.refuse(requestId, error, message)
    }
  }

  /** Throws the ProtocolError for a message that is not a request for a backend. */
  private handle(read: OutlinedMessage, frame: Frame): void {
    const { message: request } = read
    this.isPlatform ||= speaksPlatform(request)
    switch (request.type) {
      case 'reload':
        throw new ProtocolError('invalid_request', message('request.no_reload'))
      case 'cancel':
        this.cancel(request.request_id, frame)
        return
      case 'health_check':
      case 'ping':
        this.sendJson(this.healthReply(request))
        return
      case 'inference_request': {
        const backend = this.backendOf(request)
        this.checkId(request.request_id)
        this.options.routing.held.requireRoom()
        const received = { ...read, message: request, frame }
        const routed = new RoutedRequest(this.options.routing, this, backend, received, {
          isPlatform: this.wantsPlatform(request),
        })
        this.requests.set(routed.id, routed)
        markBusy(this.options.socket, true)
        this.unsentBytes += frame.data.length
        this.options.routing.held.add(frame.data.length)
        routed.start(backend)
        this.regulate()
        return
      }
      default:
        request satisfies never
    }
  }

  /** A message with a `backend` key is native, regardless of earlier messages. */
  private wantsPlatform(message: object): boolean {
    return this.isPlatform && !('backend' in message)
  }

  private healthReply(message: HealthCheck | Ping): object {
    const { pathBackend, names, routing } = this.options
    const unixSeconds = routing.clock.wall() / 1000
    const isPlatform = this.wantsPlatform(message)
    if (isPlatform && message.type === 'ping') return platformPong(unixSeconds)
    const isOfAll = pathBackend === null && !('backend' in message) && !('model_type' in message)
    const backends = names().flatMap((name) => routing.find(name) ?? [])
    const backend = isOfAll ? null : this.backendOf(message)
    const pong = backend === null ? healthOfAll(backends) : healthOf(backend)
    if (isPlatform) return platformHealth(pong, backend?.name ?? 'switchyard')
    // Platform clients ping before their dialect is known; they expect a timestamp.
    return message.type === 'ping' && !('backend' in message)
      ? { ...pong, timestamp: unixSeconds }
      : pong
  }

  private backendOf(request: object): GatewayBackend {
    const { pathBackend, routing, names } = this.options
    const named: unknown =
      'backend' in request
        ? request.backend
        : pathBackend === null && 'model_type' in request
          ? request.model_type
          : undefined
    const known = names().join(', ') || message('request.none')
    if (pathBackend !== null && named !== undefined && named !== pathBackend) {
      throw new ProtocolError(
        'invalid_request',
        message('request.other_name', {
          named: JSON.stringify(named)?.slice(0, 100) ?? '',
          backend: pathBackend,
        }),
      )
    }
    const name = pathBackend ?? named
    if (typeof name !== 'string') {
      throw new ProtocolError('invalid_request', message('request.no_name', { known }))
    }
    const backend = routing.find(name)
    if (backend === undefined) {
      throw new ProtocolError(
        'invalid_request',
        message('request.no_backend', { name: name.slice(0, 100), known }),
      )
    }
    return backend
  }

  private checkId(id: string): void {
    const earlier = this.requests.get(id)
    if (earlier !== undefined) {
      throw new ProtocolError(
        'invalid_request',
        earlier.hasAnswer
          ? message('request.id_late', { id })
          : message('request.id_twice', { id }),
      )
    }
    if (this.requests.size - this.owed.size >= REQUESTS_MAX) {
      throw new ProtocolError('queue_full', message('request.many', { max: REQUESTS_MAX }))
    }
  }

  private cancel(requestId: string, frame: Frame): void {
    const request = this.requests.get(requestId)
    if (request === undefined || request.hasAnswer) {
      throw new ProtocolError(
        'invalid_request',
        message('request.not_in_flight', { id: requestId }),
      )
    }
    request.cancel(frame)
  }

  private refuse(
    requestId: string | null,
    error: ProtocolError,
    about: { type: string | null; model_type?: unknown },
  ): void {
    this.options.routing.metrics.noteRefused(error.code)
    this.log('warn', `answered ${error.code}: ${error.message}`, requestId)
    const { message } = error
    if (!this.wantsPlatform(about)) {
      this.sendJson(errorReply(requestId, error))
    } else if (requestId === null || about.type !== 'inference_request') {
      this.sendJson({ type: 'error', error: message })
    } else {
      const { pathBackend, routing } = this.options
      const named = about.model_type
      const modelType = typeof named === 'string' ? named : (pathBackend ?? '')
      const unixSeconds = routing.clock.wall() / 1000
      this.send(platformError(message, { requestId, modelType, unixSeconds, latencyMs: 0 }))
    }
  }

  private sendJson(message: object): void {
    this.send(Buffer.from(JSON.stringify(message)))
  }

  private send(text: Buffer): void {
    const { socket } = this.options
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(text, { binary: false }, () => {
      this.guard(() => {
        this.regulate()
      })
    })
    this.regulate()
  }

  /** A client that does not read, or whose backend does not, is paused: what waits for either is bounded. */
  private regulate(): void {
    const { socket, routing } = this.options
    const isUnread = socket.bufferedAmount > UNREAD_BYTES_MAX
    this.reading.set('unsent', isUnread || this.unsentBytes > routing.held.clientMax)
    if (isUnread === this.isUnread) return
    this.isUnread = isUnread
    for (const upstream of this.upstreams.values()) upstream.pause(isUnread)
  }

  private setReading(bytes: number): void {
    this.options.routing.held.add(bytes - this.readingBytes)
    this.readingBytes = bytes
  }

  private end(): void {
    const { requests, upstreams } = this
    this.setReading(0)
    this.warnings.flush(null)
    for (const upstream of upstreams.values()) upstream.close()
    upstreams.clear()
    // Waiting requests first: they must not get the place of another one.
    const all = [...requests.values()]
    for (const request of all.filter(({ isQueued }) => isQueued)) request.abandon()
    for (const request of all) request.abandon()
  }

  private fail(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.log('error', `A client session failed and was closed: ${reason}`, null)
    if (this.hasFailed) return
    this.hasFailed = true
    this.options.socket.close(CLOSE_INTERNAL, 'internal error; see the log of Switchyard')
    this.guard(() => {
      this.end()
    })
  }
}

/** A backend may close the connection on invalid UTF-8, which would lose everything in flight there. */
function readFrame(data: Buffer, isBinary: boolean): Reading<OutlinedMessage | RefusedMessage> {
  if (isBinary || isUtf8(data)) return readRoutedMessage(data, isBinary)
  const error = new ProtocolError('invalid_json', message('request.not_utf8'))
  return { step: () => ({ ok: false, requestId: null, type: null, error }) }
}
