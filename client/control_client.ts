/** ControlApi client: calls, events, the newest snapshot and, optionally, reconnects. */
import {
  CONTROL_METHODS,
  controlServerMessageSchema,
  type ControlEvent,
  type ControlMethod,
  type ControlParams,
  type ControlReply,
  type ControlResult,
  type Snapshot,
} from '../protocol/control.ts'
import { ControlError, saidBy } from '../protocol/errors.ts'
import { faultsOf } from '../protocol/describe.ts'
import { message, type Message, messageIn, quoted } from '../protocol/messages.ts'
import { Timer } from '../protocol/disposables.ts'
import type { ClientSocket, OpenSocket } from './socket.ts'

const RETRY_DELAYS_S = [1, 2, 4, 8, 10]
const CALL_TIMEOUT_MS = 30_000

export type ConnectionStatus =
  | { phase: 'connecting' }
  | { phase: 'open' }
  /** `retryAtMs` is null during an attempt, and if none follows. Unix milliseconds. */
  | { phase: 'lost'; sinceMs: number; attempt: number; retryAtMs: number | null }
  /** Switchyard responds, but rejects the credentials. */
  | { phase: 'refused' }

export interface ControlClientOptions {
  openSocket: OpenSocket
  reconnects: boolean
  /** Called when connecting fails: browsers hide the HTTP status. */
  isRefused?: () => Promise<boolean>
  now?: () => number
}

/** All pending calls reject with ControlError on a loss. */
export interface ControlClient {
  /** Rejects if this attempt fails. Listeners added before miss nothing. */
  open(): Promise<void>
  call<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>>
  /** The newest or next snapshot for which `check` holds. Without `timeoutMs` it waits until the connection ends. */
  snapshotWhere(check: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>
  /** Requests a snapshot: they are pushed only on changes. */
  refresh(): Promise<Snapshot>
  /** These return an unsubscribe function. */
  onEvent(listener: (event: ControlEvent) => void): () => void
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  /** A message does not match the protocol: the other side runs another version. */
  onMisfit(listener: (reason: Message) => void): () => void
  retryNow(): void
  dispose(): void
}

/** Connects once. Rejects with ControlError. */
export async function connectControl(openSocket: OpenSocket): Promise<ControlClient> {
  const client = createControlClient({ openSocket, reconnects: false })
  await client.open()
  return client
}

type Reject = (error: ControlError) => void

export function createControlClient(options: ControlClientOptions): ControlClient {
  const now = options.now ?? Date.now
  const calls = new Map<number, (reply: ControlReply) => void>()
  const waits = new Set<Reject>()
  const eventListeners = new Set<(event: ControlEvent) => void>()
  const statusListeners = new Set<(status: ConnectionStatus) => void>()
  const misfitListeners = new Set<(reason: Message) => void>()
  let socket: ClientSocket | null = null
  let status: ConnectionStatus = { phase: 'connecting' }
  let newest: Snapshot | null = null
  const retryTimer = new Timer()
  let lastId = 0
  let disposed = false

  function setStatus(next: ConnectionStatus): void {
    status = next
    for (const listener of statusListeners) listener(next)
  }

  function connect(): void {
    retryTimer.clear()
    newest = null
    if (status.phase === 'lost') setStatus({ ...status, retryAtMs: null })
    let opening: ClientSocket
    try {
      opening = options.openSocket()
    } catch (cause) {
      // An invalid address fails asynchronously, like every other failure.
      queueMicrotask(() => void lose(new ControlError('disconnected', saidBy(cause)), false))
      return
    }
    socket = opening
    let wasOpen = false
    let failure: Message = message('link.unopened')
    opening.addEventListener('open', () => {
      wasOpen = true
      setStatus({ phase: 'open' })
    })
    opening.addEventListener('message', ({ data }) => receive(data))
    opening.addEventListener('error', (event) => {
      if ('message' in event) failure = quoted(String(event.message))
    })
    opening.addEventListener('close', () => {
      if (disposed || socket !== opening) return
      socket = null
      const error = wasOpen
        ? new ControlError('disconnected', message('link.lost'))
        : openingError(opening.rejectedStatus, failure)
      void lose(error, wasOpen)
    })
  }

  async function lose(error: ControlError, wasOpen: boolean): Promise<void> {
    rejectWaits(error)
    const isRefused =
      error.code === 'unauthorized' || (!wasOpen && ((await options.isRefused?.()) ?? false))
    if (disposed) return
    if (isRefused) {
      setStatus({ phase: 'refused' })
      return
    }
    const attempt = status.phase === 'lost' ? status.attempt + 1 : 1
    const sinceMs = status.phase === 'lost' ? status.sinceMs : now()
    const delayMs = (RETRY_DELAYS_S[attempt - 1] ?? 10) * 1000
    const retryAtMs = options.reconnects ? now() + delayMs : null
    setStatus({ phase: 'lost', sinceMs, attempt, retryAtMs })
    if (options.reconnects) retryTimer.set(delayMs, connect)
  }

  function rejectWaits(error: ControlError): void {
    for (const reject of waits) reject(error)
  }

  /** Settles with `start`, or rejects when the connection is lost. `start` returns a cleanup function. */
  function whileConnected<T>(
    start: (resolve: (value: T) => void, reject: Reject) => () => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        waits.delete(fail)
        stop()
      }
      const fail = (error: ControlError) => {
        end()
        reject(error)
      }
      waits.add(fail)
      const stop = start((value) => {
        end()
        resolve(value)
      }, fail)
    })
  }

  function receive(data: unknown): void {
    const received = parseMessage(data)
    if ('message' in received) for (const listener of misfitListeners) listener(received)
    else if ('id' in received) calls.get(received.id)?.(received)
    else {
      if (received.event === 'snapshot') newest = received.data
      for (const listener of eventListeners) listener(received)
    }
  }

  const client: ControlClient = {
    open: () =>
      whileConnected((resolve) => {
        const stop = client.onStatus(({ phase }) => {
          if (phase === 'open') resolve()
        })
        connect()
        return stop
      }),
    call(method, params) {
      const open = status.phase === 'open' ? socket : null
      if (open === null) {
        return Promise.reject(new ControlError('disconnected', message('link.none')))
      }
      const id = ++lastId
      return whileConnected((resolve, reject) => {
        const timer = setTimeout(() => {
          const said = message('link.no_reply', { method, seconds: CALL_TIMEOUT_MS / 1000 })
          reject(new ControlError('timeout', said))
        }, CALL_TIMEOUT_MS)
        calls.set(id, (reply) => {
          if ('error' in reply) {
            reject(new ControlError(reply.error.code, messageIn(reply.error, 'message')))
            return
          }
          const parsed = CONTROL_METHODS[method].result.safeParse(reply.result)
          if (parsed.success) resolve(parsed.data)
          else reject(new ControlError('misfit', message('link.misfit_reply', { method })))
        })
        open.send(JSON.stringify({ id, method, params }))
        return () => {
          clearTimeout(timer)
          calls.delete(id)
        }
      })
    },
    async snapshotWhere(check, timeoutMs) {
      if (newest === null) await client.refresh()
      if (newest !== null && check(newest)) return newest
      return whileConnected((resolve, reject) => {
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(() => {
                const said = message('link.not_reached', { seconds: timeoutMs / 1000 })
                reject(new ControlError('timeout', said))
              }, timeoutMs)
        const stops = [
          client.onEvent((event) => {
            if (event.event === 'snapshot' && check(event.data)) resolve(event.data)
          }),
          client.onMisfit((reason) => reject(new ControlError('misfit', reason))),
          () => clearTimeout(timer),
        ]
        return () => stops.forEach((stop) => stop())
      })
    },
    async refresh() {
      newest = null
      const answered = await client.call('plane.snapshot', {})
      // A pushed snapshot may be newer.
      return (newest ??= answered)
    },
    onEvent: (listener) => added(eventListeners, listener),
    onStatus: (listener) => added(statusListeners, listener),
    onMisfit: (listener) => added(misfitListeners, listener),
    retryNow() {
      const isWaiting = status.phase === 'lost' && status.retryAtMs !== null
      if (isWaiting || status.phase === 'refused') connect()
    },
    dispose() {
      disposed = true
      retryTimer.dispose()
      rejectWaits(new ControlError('disposed', message('link.closed')))
      socket?.close()
    },
  }
  return client
}

function openingError(rejectedStatus: number | undefined, failure: Message): ControlError {
  if (rejectedStatus === 401) {
    return new ControlError('unauthorized', message('link.token'))
  }
  return new ControlError(
    'disconnected',
    rejectedStatus === undefined ? failure : message('link.rejected', { status: rejectedStatus }),
  )
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function parseMessage(text: unknown): ControlEvent | ControlReply | Message {
  let json: unknown
  try {
    json = JSON.parse(String(text))
  } catch {
    return message('link.not_json')
  }
  const parsed = controlServerMessageSchema.safeParse(json)
  if (parsed.success) return parsed.data
  return message('link.misfit', { reason: faultsOf(parsed.error, json) })
}
