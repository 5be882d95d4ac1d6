/** One panel's ControlApi connection: answers its calls, pushes snapshots, samples and log lines. */
import type { WebSocket } from 'ws'
import {
  CONTROL_METHODS,
  controlRequestSchema,
  type ControlEvent,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  type LogFilter,
  type LogLine,
  type Sample,
  type Snapshot,
} from '../../protocol/control.ts'
import { describeIssues } from '../../protocol/describe.ts'
import { matcher, noCounts, type LogStore } from '../logs/log_store.ts'

/** What a session may do to the plane behind it. */
export interface ControlTarget {
  snapshot(): Snapshot
  start(name: string): void
  stop(name: string): void
  restart(name: string): void
  startAll(): void
  stopAll(): void
  history(name: string): Sample[]
  logs: LogStore
}

/** Expected failures of a call; `message` says what is wrong and what would be right. */
export class ControlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Lines are pushed together this often. */
const LOG_PUSH_MS = 100
/** More new lines than this between two pushes are thinned to the newest; the panel shows no more anyway. */
const LOG_PUSH_LINES_MAX = 2000
/** A reader that leaves this much unread gets no pushes until it has caught up. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024

export class ControlSession {
  private readonly socket: WebSocket
  private readonly target: ControlTarget
  private unfollow: (() => void) | null = null
  private isStale = false

  constructor(socket: WebSocket, target: ControlTarget) {
    this.socket = socket
    this.target = target
    socket.on('message', (data: Buffer) => {
      this.receive(data)
    })
    // `close` follows.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.endFollow()
    })
    this.pushSnapshot()
  }

  pushSnapshot(): void {
    this.isStale = !this.push({ event: 'snapshot', data: this.target.snapshot() })
  }

  /** Brings a reader up to date that was too slow for the last snapshot. */
  catchUp(): void {
    if (this.isStale) this.pushSnapshot()
  }

  pushSample(name: string, sample: Sample): void {
    this.push({ event: 'sample', data: { name, sample } })
  }

  /** False when the reader is too slow for it now. */
  private push(event: ControlEvent): boolean {
    if (this.socket.bufferedAmount > UNREAD_BYTES_MAX) return false
    this.send(event)
    return true
  }

  private send(message: object): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private receive(data: Buffer): void {
    let value: unknown
    try {
      value = JSON.parse(data.toString('utf8'))
    } catch {
      this.send({ id: -1, error: { code: 'invalid_json', message: 'the call is not JSON' } })
      return
    }
    const request = controlRequestSchema.safeParse(value)
    if (!request.success) {
      const message = describeIssues(request.error, value)
        .map((issue) => `${issue.key} ${issue.message}`)
        .join('; ')
      this.send({ id: idOf(value), error: { code: 'invalid_request', message } })
      return
    }
    const { id, method, params } = request.data
    try {
      this.send({ id, result: this.call(method, params) })
    } catch (error) {
      if (!(error instanceof ControlError)) throw error
      this.send({ id, error: { code: error.code, message: error.message } })
    }
  }

  private call(method: ControlMethod, params: unknown): unknown {
    const parsed = CONTROL_METHODS[method].params.safeParse(params ?? {})
    if (!parsed.success) {
      const message = describeIssues(parsed.error, params)
        .map((issue) => `params.${issue.key} ${issue.message}`)
        .join('; ')
      throw new ControlError('invalid_request', `${method}: ${message}`)
    }
    const handler = this.handlers[method] as (given: unknown) => unknown
    return handler(parsed.data)
  }

  private readonly handlers: {
    [M in ControlMethod]: (params: ControlParams<M>) => ControlResult<M>
  } = {
    'backends.start': ({ name }) => {
      this.target.start(name)
      return {}
    },
    'backends.stop': ({ name }) => {
      this.target.stop(name)
      return {}
    },
    'backends.restart': ({ name }) => {
      this.target.restart(name)
      return {}
    },
    'backends.start_all': () => {
      this.target.startAll()
      return {}
    },
    'backends.stop_all': () => {
      this.target.stopAll()
      return {}
    },
    'backends.history': ({ name }) => ({ samples: this.target.history(name) }),
    'logs.follow': ({ filter, limit }) => this.follow(filter, limit),
    'logs.unfollow': () => {
      this.endFollow()
      return {}
    },
  }

  private follow(filter: LogFilter, limit: number): ControlResult<'logs.follow'> {
    this.endFollow()
    const { logs } = this.target
    const found = logs.query(filter, limit)
    const matches = matcher(filter)
    let lines: LogLine[] = []
    let counts = noCounts()
    const stop = logs.follow((line) => {
      const match = matches(line)
      if (match === 'no') return
      counts[line.level]++
      if (match === 'level') return
      lines.push(line)
      if (lines.length > LOG_PUSH_LINES_MAX * 2) lines = lines.slice(-LOG_PUSH_LINES_MAX)
    })
    const timer = setInterval(() => {
      const isNothingNew = Object.values(counts).every((count) => count === 0)
      if (isNothingNew) return
      if (
        !this.push({ event: 'logs', data: { lines: lines.slice(-LOG_PUSH_LINES_MAX), counts } })
      ) {
        return
      }
      lines = []
      counts = noCounts()
    }, LOG_PUSH_MS)
    this.unfollow = () => {
      stop()
      clearInterval(timer)
    }
    return { ...found, dropped: logs.dropped, total: logs.total }
  }

  private endFollow(): void {
    this.unfollow?.()
    this.unfollow = null
  }
}

function idOf(value: unknown): number {
  const id =
    typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined
  return typeof id === 'number' && Number.isInteger(id) ? id : -1
}
