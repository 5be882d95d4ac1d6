/** One panel's ControlApi connection: answers calls and pushes snapshots, samples and log lines. */
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
import { ControlError, saidBy } from '../../protocol/errors.ts'
import type { PlaneEvent } from '../../protocol/events.ts'
import { faultsOf } from '../../protocol/describe.ts'
import { asText, message } from '../../protocol/messages.ts'
import { Timer } from '../../protocol/disposables.ts'
import { matcher, noCounts, type LogStore } from '../logs/log_store.ts'
import { createHandlers, type ControlHandlers } from './control_handlers.ts'
import type { ControlTarget } from './control_target.ts'
import type { PanelSocket } from './panel_socket.ts'

const LOG_PUSH_MS = 100
/** Of more new lines per push only the newest are sent; the panel shows no more. */
const LOG_PUSH_LINES_MAX = 2000
/** No pushes above this many unread bytes, until the reader has caught up. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024

export class ControlSession {
  private readonly socket: PanelSocket
  private readonly target: ControlTarget
  private readonly handlers: ControlHandlers
  private following: LogFollow | null = null
  private isPaused = false
  private isStale = false

  constructor(socket: PanelSocket, target: ControlTarget) {
    this.socket = socket
    this.target = target
    this.handlers = createHandlers(target)
    socket.on('message', (data: Buffer) => {
      this.receive(data)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.endFollow()
      target.watchers.remove(this)
    })
    target.watchers.add(this)
    this.pushSnapshot(snapshotText(target))
  }

  /** `text` is a serialized `snapshot` event, shared by all sessions. */
  pushSnapshot(text: string): void {
    if (this.isPaused) return
    this.isStale = this.isSlow
    if (!this.isStale) this.send(text)
  }

  /** Updates a reader that was too slow for the last snapshot or log lines. */
  catchUp(): void {
    if (this.isStale && !this.isSlow) this.pushSnapshot(snapshotText(this.target))
    this.following?.flush()
  }

  pushSample(name: string, sample: Sample): void {
    if (!this.isPaused) this.push({ event: 'sample', data: { name, sample } })
  }

  pushEvent(event: PlaneEvent): void {
    this.push({ event: 'event', data: event })
  }

  private get isSlow(): boolean {
    return this.socket.bufferedAmount > UNREAD_BYTES_MAX
  }

  private push(event: ControlEvent): boolean {
    if (this.isSlow) return false
    this.send(JSON.stringify(event))
    return true
  }

  private send(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text)
  }

  private reply(reply: object): void {
    this.send(JSON.stringify(reply))
  }

  private receive(data: Buffer): void {
    let value: unknown
    try {
      value = JSON.parse(data.toString('utf8'))
    } catch {
      this.reply({ id: -1, error: failureOf(new ControlError('invalid_json', NOT_JSON)) })
      return
    }
    const request = controlRequestSchema.safeParse(value)
    if (!request.success) {
      const error = new ControlError('invalid_request', faultsOf(request.error, value))
      this.reply({ id: idOf(value), error: failureOf(error) })
      return
    }
    const { id, method, params } = request.data
    this.call(method, params).then(
      (result) => {
        this.reply({ id, result })
      },
      (error: unknown) => {
        this.reply({ id, error: failureOf(error) })
      },
    )
  }

  private async call(method: ControlMethod, params: unknown): Promise<unknown> {
    const parsed = CONTROL_METHODS[method].params.safeParse(params ?? {})
    if (!parsed.success) {
      const reason = faultsOf(parsed.error, params, ['params'])
      throw new ControlError('invalid_request', message('because', { what: method, reason }))
    }
    if (method === 'logs.follow') {
      const { filter, limit } = parsed.data as ControlParams<'logs.follow'>
      return this.follow(filter, limit)
    }
    if (method === 'logs.unfollow') {
      this.endFollow()
      return {}
    }
    if (method === 'session.pause') return this.pause()
    if (method === 'session.resume') return this.resume()
    const handler = this.handlers[method] as (given: unknown) => unknown
    return await handler(parsed.data)
  }

  private pause(): ControlResult<'session.pause'> {
    this.isPaused = true
    this.isStale = false
    this.target.watchers.remove(this)
    return {}
  }

  private resume(): ControlResult<'session.resume'> {
    if (!this.isPaused) return {}
    this.isPaused = false
    this.target.watchers.add(this)
    this.pushSnapshot(snapshotText(this.target))
    this.following?.flush()
    return {}
  }

  private follow(filter: LogFilter, limit: number): ControlResult<'logs.follow'> {
    this.endFollow()
    const logs = this.target.logs.store
    const found = logs.query(filter, limit)
    this.following = new LogFollow(logs, filter, (news) => {
      return !this.isPaused && this.push({ event: 'logs', data: news })
    })
    return { ...found, dropped: logs.dropped, total: logs.total }
  }

  private endFollow(): void {
    this.following?.close()
    this.following = null
  }
}

const NOT_JSON = message('call.not_json')

export const snapshotText = (target: ControlTarget) =>
  JSON.stringify({ event: 'snapshot', data: target.snapshot() } satisfies ControlEvent)

type LogNews = Extract<ControlEvent, { event: 'logs' }>['data']

/** Collects new matching lines until they can be pushed. Keeps the newest and counts all. */
class LogFollow {
  private readonly push: (news: LogNews) => boolean
  private readonly stop: () => void
  private lines: LogLine[] = []
  private counts = noCounts()
  private readonly timer = new Timer()

  /** `push` returns whether the lines were taken. */
  constructor(logs: LogStore, filter: LogFilter, push: (news: LogNews) => boolean) {
    this.push = push
    const matches = matcher(filter)
    this.stop = logs.follow((line) => {
      const match = matches(line)
      if (match === 'no') return
      this.counts[line.level]++
      if (match !== 'level') this.add(line)
      this.timer.setOnce(LOG_PUSH_MS, () => this.flush())
    })
  }

  flush(): void {
    const { lines, counts } = this
    if (Object.values(counts).every((count) => count === 0)) return
    if (!this.push({ lines: lines.slice(-LOG_PUSH_LINES_MAX), counts })) return
    this.lines = []
    this.counts = noCounts()
  }

  close(): void {
    this.stop()
    this.timer.dispose()
  }

  private add(line: LogLine): void {
    this.lines.push(line)
    if (this.lines.length > LOG_PUSH_LINES_MAX * 2)
      this.lines = this.lines.slice(-LOG_PUSH_LINES_MAX)
  }
}

/** An error that the caller cannot fix is `internal`. */
function failureOf(error: unknown) {
  const code = error instanceof ControlError ? error.code : 'internal'
  return { code, ...asText({ message: saidBy(error) }) }
}

function idOf(value: unknown): number {
  const id =
    typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined
  return typeof id === 'number' && Number.isInteger(id) ? id : -1
}
