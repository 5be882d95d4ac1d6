/** Targets with states set by the test, and scripted sockets. */
import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import type { Pong } from '../../protocol/backend.ts'
import { backendConfigSchema, type BackendConfig } from '../../protocol/config.ts'
import { isServingState, type BackendState } from '../../protocol/control.ts'
import { Gateway } from '../gateway.ts'
import type { GatewayBackend, GatewayTarget, NewLogLine } from '../targets.ts'
import type { OpenSocket } from '../upstream.ts'

export class FakeTarget implements GatewayTarget {
  readonly id: string
  url: string
  token: string | null = null
  config: BackendConfig
  state: BackendState = 'ready'
  detail: string | null = null
  pong: Pong | null = null

  constructor(id: string, keys: Partial<BackendConfig> = {}, url = `ws://127.0.0.1/${id}`) {
    this.id = id
    this.url = url
    this.config = { ...backendConfigSchema.parse({ port: 8768 }), ...keys }
  }

  get isServing(): boolean {
    return isServingState(this.state)
  }

  get isDegraded(): boolean {
    return this.state === 'degraded'
  }

  view(): { state: BackendState; detail: string | null } {
    return { state: this.state, detail: this.detail }
  }
}

/** A frame that was handed to a socket. */
export interface SentFrame {
  data: Buffer
  binary: boolean
  /** False: not the last part of a message. */
  fin: boolean
}

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3

/** The part of ws's `WebSocket` that the gateway uses, without a connection. */
export class FakeSocket extends EventEmitter {
  readonly url: string
  readyState: number
  bufferedAmount = 0
  isPaused = false
  readonly sent: SentFrame[] = []
  /** While false, sent frames stay in the socket and their callbacks wait. */
  isDraining = true
  private readonly undrained: (() => void)[] = []

  constructor(url: string, { isOpen }: { isOpen: boolean }) {
    super()
    this.url = url
    this.readyState = isOpen ? OPEN : CONNECTING
  }

  send(
    data: Buffer,
    { binary, fin = true }: { binary: boolean; fin?: boolean },
    onWritten?: () => void,
  ): void {
    this.sent.push({ data, binary, fin })
    if (!this.isDraining) {
      this.bufferedAmount += data.length
      if (onWritten !== undefined) this.undrained.push(onWritten)
    } else if (onWritten !== undefined) queueMicrotask(onWritten)
  }

  drain(): void {
    this.isDraining = true
    this.bufferedAmount = 0
    for (const written of this.undrained.splice(0)) written()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  terminate(): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.emit('close', 1006, Buffer.from(''))
  }

  close(code: number): void {
    this.fail(null, code)
  }

  open(): void {
    this.readyState = OPEN
    this.emit('open')
  }

  /** Ends like a connection that never opened, or that broke. */
  fail(message: string | null, code = 1006): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    if (message !== null) this.emit('error', new Error(message))
    this.emit('close', code, Buffer.from(''))
  }

  receive(message: object | string | Buffer, isBinary = false): void {
    const data = Buffer.isBuffer(message)
      ? message
      : Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
    this.emit('message', data, isBinary)
  }

  messages(): Record<string, unknown>[] {
    return this.sent.map(({ data }) => JSON.parse(data.toString('utf8')) as Record<string, unknown>)
  }
}

export interface FakeGateway {
  gateway: Gateway
  upstreams: FakeSocket[]
  lines: NewLogLine[]
  addClient(pathBackend: string | null): FakeSocket
}

/** A gateway over fake sockets, on the fake timers' clock. */
export function fakeGateway(
  backends: () => GatewayBackend[],
  options: { quarantineFile?: string; openSocket?: OpenSocket } = {},
): FakeGateway {
  const upstreams: FakeSocket[] = []
  const lines: NewLogLine[] = []
  const gateway = new Gateway({
    find: (name) => backends().find((backend) => backend.name === name),
    names: () => backends().map(({ name }) => name),
    logs: { add: (line) => void lines.push(line) },
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    quarantineFile: options.quarantineFile ?? null,
    openSocket:
      options.openSocket ??
      (({ url }) => {
        const socket = new FakeSocket(url, { isOpen: false })
        upstreams.push(socket)
        return socket as unknown as WebSocket
      }),
  })
  return {
    gateway,
    upstreams,
    lines,
    addClient: (pathBackend) => {
      const socket = new FakeSocket('client', { isOpen: true })
      gateway.addClient(socket as unknown as WebSocket, pathBackend)
      return socket
    },
  }
}

export const request = (id: string, data: object = {}, extra: object = {}) => ({
  type: 'inference_request',
  request_id: id,
  ...extra,
  data,
})
