/** Sends inference requests to the gateway as any client does: one WebSocket per backend, kept for the next request. */
import {
  serverMessageSchema,
  type ErrorMessage,
  type InferenceResponse,
  type ServerMessage,
} from '../../protocol/backend.ts'
import { exactText, type SentMessage } from './sent_message.ts'

/** An idle connection is closed, so that the panel does not count as a client for ever. */
const IDLE_CLOSE_MS = 30_000
/** A cancelled request that nobody answers is given up after this time. */
const CANCEL_ANSWER_MS = 2_000

export type Outcome =
  | {
      phase: 'answered'
      /** null: in a form that the protocol does not describe, such as another dialect's. */
      reply: InferenceResponse | null
      receivedText: string
      roundTripMs: number
    }
  | { phase: 'refused'; reply: ErrorMessage; receivedText: string; roundTripMs: number }
  /** No reply came: the connection failed or closed. */
  | { phase: 'broken'; message: string }

export interface InferenceClient {
  /** `signal` sends `cancel`; the backend's answer to it is the outcome. */
  run(
    backend: string,
    requestId: string,
    message: SentMessage,
    signal: AbortSignal,
  ): Promise<Outcome>
  dispose(): void
}

export interface InferenceClientOptions {
  openSocket: (backend: string) => WebSocket
  now?: () => number
}

interface Waiting {
  sentAtMs: number
  settle: (outcome: Outcome) => void
}

interface Line {
  socket: WebSocket
  opened: Promise<void>
  waiting: Map<string, Waiting>
  idleTimer: ReturnType<typeof setTimeout> | undefined
}

export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  const now = options.now ?? (() => performance.now())
  const lines = new Map<string, Line>()

  function lineTo(backend: string): Line {
    const known = lines.get(backend)
    if (known) return known
    const socket = options.openSocket(backend)
    const opened = new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('close', (event) => reject(new Error(closeSentence(backend, event))))
    })
    // Waited for by `run`; a close after the opening must not count as unhandled.
    opened.catch(() => undefined)
    const line: Line = { socket, opened, waiting: new Map(), idleTimer: undefined }
    socket.addEventListener('message', (event: MessageEvent) => receive(line, String(event.data)))
    socket.addEventListener('close', (event) => {
      if (lines.get(backend) === line) lines.delete(backend)
      clearTimeout(line.idleTimer)
      for (const waiting of line.waiting.values()) {
        waiting.settle({ phase: 'broken', message: closeSentence(backend, event) })
      }
      line.waiting.clear()
    })
    lines.set(backend, line)
    return line
  }

  function receive(line: Line, receivedText: string): void {
    const receivedAtMs = now()
    const { reply, requestId } = parseReply(receivedText)
    if (reply?.type === 'pong' || reply?.type === 'reloaded') return
    // An error about a message that could not be read has no id; with one request under way it is about that one.
    const id = requestId ?? (reply?.type === 'error' ? soleKey(line.waiting) : undefined)
    const waiting = id === undefined ? undefined : line.waiting.get(id)
    if (id === undefined || !waiting) return
    line.waiting.delete(id)
    const roundTripMs = receivedAtMs - waiting.sentAtMs
    waiting.settle(
      reply?.type === 'error'
        ? { phase: 'refused', reply, receivedText, roundTripMs }
        : { phase: 'answered', reply: reply ?? null, receivedText, roundTripMs },
    )
    if (line.waiting.size === 0) {
      line.idleTimer = setTimeout(() => line.socket.close(1000), IDLE_CLOSE_MS)
    }
  }

  return {
    async run(backend, requestId, message, signal) {
      const text = await exactText(message)
      const line = lineTo(backend)
      clearTimeout(line.idleTimer)
      try {
        await line.opened
      } catch (error) {
        return { phase: 'broken', message: (error as Error).message }
      }
      return new Promise<Outcome>((resolve) => {
        const cancel = () => {
          if (line.socket.readyState === 1) {
            line.socket.send(JSON.stringify({ type: 'cancel', request_id: requestId }))
          }
          giveUpTimer = setTimeout(() => {
            line.waiting.delete(requestId)
            settle({ phase: 'broken', message: 'Cancelled. The backend did not confirm it.' })
          }, CANCEL_ANSWER_MS)
        }
        let giveUpTimer: ReturnType<typeof setTimeout> | undefined
        const settle = (outcome: Outcome) => {
          clearTimeout(giveUpTimer)
          signal.removeEventListener('abort', cancel)
          resolve(outcome)
        }
        line.waiting.set(requestId, { sentAtMs: now(), settle })
        line.socket.send(text)
        if (signal.aborted) cancel()
        else signal.addEventListener('abort', cancel)
      })
    },
    dispose() {
      for (const line of lines.values()) {
        clearTimeout(line.idleTimer)
        line.socket.close(1000)
      }
      lines.clear()
    },
  }
}

interface ParsedReply {
  /** undefined: not a message of the protocol. */
  reply: ServerMessage | undefined
  requestId: string | undefined
}

function parseReply(text: string): ParsedReply {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { reply: undefined, requestId: undefined }
  }
  const id = typeof json === 'object' && json !== null && 'request_id' in json && json.request_id
  return {
    reply: serverMessageSchema.safeParse(json).data,
    requestId: typeof id === 'string' ? id : undefined,
  }
}

function soleKey(waiting: Map<string, Waiting>): string | undefined {
  return waiting.size === 1 ? waiting.keys().next().value : undefined
}

function closeSentence(backend: string, event: CloseEvent): string {
  if (event.code === 1009) {
    return `The message is larger than max_message_bytes of ${backend} (close code 1009). Use a smaller file.`
  }
  const reason = event.reason === '' ? '' : `: ${event.reason}`
  return `The connection to ${backend} closed before the answer (close code ${event.code}${reason}). Look in its log, then run it again.`
}
