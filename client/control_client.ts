/** ControlClient over a WebSocket: ids, replies, pushed events, and a new connection after a loss. */
import {
  CONTROL_METHODS,
  controlServerMessageSchema,
  type ControlEvent,
  type ControlMethod,
  type ControlResult,
} from '../protocol/control.ts'
import { ControlError, type ConnectionStatus, type ControlClient } from '../renderer/api/control_client.ts'

const RETRY_DELAYS_S = [1, 2, 4, 8, 10]
const CALL_TIMEOUT_MS = 30_000

export interface SocketControlOptions {
  openSocket: () => WebSocket
  /** Whether the other side answers but does not let this page in; asked after a connection that never opened. */
  isRefused: () => Promise<boolean>
  now?: () => number
}

interface PendingCall {
  settle: (result: unknown) => void
  fail: (error: Error) => void
  timer: ReturnType<typeof setTimeout>
}

export function createSocketControlClient(options: SocketControlOptions): ControlClient {
  const now = options.now ?? Date.now
  const pending = new Map<number, PendingCall>()
  const eventListeners: ((event: ControlEvent) => void)[] = []
  const statusListeners: ((status: ConnectionStatus) => void)[] = []
  const misfitListeners: ((reason: string) => void)[] = []
  let socket: WebSocket | null = null
  let status: ConnectionStatus = { phase: 'connecting' }
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let lastId = 0
  let disposed = false

  function setStatus(next: ConnectionStatus): void {
    status = next
    for (const listener of statusListeners) listener(next)
  }

  function connect(): void {
    clearTimeout(retryTimer)
    if (status.phase === 'lost') setStatus({ ...status, retryAtMs: null })
    const opening = options.openSocket()
    socket = opening
    let wasOpen = false
    opening.addEventListener('open', () => {
      wasOpen = true
      setStatus({ phase: 'open' })
    })
    opening.addEventListener('message', (message: MessageEvent) => receive(message.data))
    opening.addEventListener('close', () => {
      if (disposed || socket !== opening) return
      socket = null
      void lose(wasOpen)
    })
  }

  async function lose(wasOpen: boolean): Promise<void> {
    failAll(new ControlError('disconnected', 'The connection to the control plane was lost.'))
    // A browser does not tell why an upgrade failed, so the page asks once more over HTTP.
    if (!wasOpen && (await options.isRefused())) {
      if (!disposed) setStatus({ phase: 'refused' })
      return
    }
    if (disposed) return
    const attempt = status.phase === 'lost' ? status.attempt + 1 : 1
    const sinceMs = status.phase === 'lost' ? status.sinceMs : now()
    const delayMs = (RETRY_DELAYS_S[attempt - 1] ?? 10) * 1000
    setStatus({ phase: 'lost', sinceMs, attempt, retryAtMs: now() + delayMs })
    retryTimer = setTimeout(connect, delayMs)
  }

  function failAll(error: Error): void {
    for (const call of pending.values()) {
      clearTimeout(call.timer)
      call.fail(error)
    }
    pending.clear()
  }

  function receive(text: unknown): void {
    const message = parseMessage(text)
    if (typeof message === 'string') {
      for (const listener of misfitListeners) listener(message)
      return
    }
    if ('event' in message) {
      for (const listener of eventListeners) listener(message)
      return
    }
    const call = pending.get(message.id)
    if (!call) return
    pending.delete(message.id)
    clearTimeout(call.timer)
    if ('error' in message) call.fail(new ControlError(message.error.code, message.error.message))
    else call.settle(message.result)
  }

  return {
    call<M extends ControlMethod>(method: M, params: unknown): Promise<ControlResult<M>> {
      const open = socket
      if (!open || status.phase !== 'open') {
        return Promise.reject(
          new ControlError('disconnected', 'The control plane is not connected.'),
        )
      }
      const id = ++lastId
      return new Promise<ControlResult<M>>((resolve, reject) => {
        const timer = setTimeout(() => {
          pending.delete(id)
          const limit = `${CALL_TIMEOUT_MS / 1000} s`
          reject(new ControlError('timeout', `${method} was not answered within ${limit}.`))
        }, CALL_TIMEOUT_MS)
        const settle = (result: unknown) => {
          const parsed = CONTROL_METHODS[method].result.safeParse(result)
          // The table ties the schema to the method; TypeScript does not carry that through the index.
          if (parsed.success) resolve(parsed.data as ControlResult<M>)
          else reject(new ControlError('misfit', `The reply to ${method} does not fit.`))
        }
        pending.set(id, { settle, fail: reject, timer })
        open.send(JSON.stringify({ id, method, params }))
      })
    },
    onEvent: (listener) => void eventListeners.push(listener),
    onStatus: (listener) => void statusListeners.push(listener),
    onMisfit: (listener) => void misfitListeners.push(listener),
    open: connect,
    retryNow() {
      const isWaiting = status.phase === 'lost' && status.retryAtMs !== null
      if (isWaiting || status.phase === 'refused') connect()
    },
    dispose() {
      disposed = true
      clearTimeout(retryTimer)
      failAll(new ControlError('disposed', 'The panel was closed.'))
      socket?.close()
    },
  }
}

function parseMessage(text: unknown) {
  let json: unknown
  try {
    json = JSON.parse(String(text))
  } catch {
    return 'The control plane sent something that is not JSON.'
  }
  const parsed = controlServerMessageSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `The control plane sent a message that does not fit: ${issue?.path.join('.')} ${issue?.message}`
}
