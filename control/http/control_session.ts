/** One panel's ControlApi connection: answers its calls, pushes snapshots, samples and log lines. */
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
} from '../../protocol/control.ts'
import { messageOf } from '../../protocol/errors.ts'
import type { PlaneEvent } from '../../protocol/events.ts'
import { describeIssues } from '../../protocol/describe.ts'
import { matcher, noCounts } from '../logs/log_store.ts'
import { LogError } from '../logs/search_thread.ts'
import { ControlError } from './control_error.ts'
import { createHandlers, type ControlHandlers } from './control_handlers.ts'
import type { ControlTarget } from './control_target.ts'
import type { PanelSocket } from './panel_socket.ts'

/** Lines are pushed together this often. */
const LOG_PUSH_MS = 100
/** More new lines than this between two pushes are thinned to the newest; the panel shows no more anyway. */
const LOG_PUSH_LINES_MAX = 2000
/** A reader that leaves this much unread gets no pushes until it has caught up. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024

export class ControlSession {
  private readonly socket: PanelSocket
  private readonly target: ControlTarget
  private readonly handlers: ControlHandlers
  private unfollow: (() => void) | null = null
  private isStale = false

  constructor(socket: PanelSocket, target: ControlTarget) {
    this.socket = socket
    this.target = target
    this.handlers = createHandlers(target)
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

  pushEvent(event: PlaneEvent): void {
    this.push({ event: 'event', data: event })
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
    this.call(method, params).then(
      (result) => {
        this.send({ id, result })
      },
      (error: unknown) => {
        this.send({ id, error: failureOf(error) })
      },
    )
  }

  private async call(method: ControlMethod, params: unknown): Promise<unknown> {
    const parsed = CONTROL_METHODS[method].params.safeParse(params ?? {})
    if (!parsed.success) {
      const message = describeIssues(parsed.error, params)
        .map((issue) => `params.${issue.key} ${issue.message}`)
        .join('; ')
      throw new ControlError('invalid_request', `${method}: ${message}`)
    }
    if (method === 'logs.follow') {
      const { filter, limit } = parsed.data as ControlParams<'logs.follow'>
      return this.follow(filter, limit)
    }
    if (method === 'logs.unfollow') {
      this.endFollow()
      return {}
    }
    const handler = this.handlers[method] as (given: unknown) => unknown
    return await handler(parsed.data)
  }

  private follow(filter: LogFilter, limit: number): ControlResult<'logs.follow'> {
    this.endFollow()
    const logs = this.target.logs.store
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

/** What a caller is told. What it cannot mend is `internal`. */
function failureOf(error: unknown): { code: string; message: string } {
  const message = messageOf(error)
  const code = error instanceof ControlError || error instanceof LogError ? error.code : 'internal'
  return { code, message }
}

function idOf(value: unknown): number {
  const id =
    typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined
  return typeof id === 'number' && Number.isInteger(id) ? id : -1
}
