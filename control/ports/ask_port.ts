/** Queries whatever listens on a port for its health in our protocol, then in plain HTTP. */
import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import { WebSocket, type RawData } from 'ws'
import { healthResponseSchema, pongSchema } from '../../protocol/backend.ts'
import { CLOSE_WAIT, closeGracefully } from '../../server/graceful_close.ts'
import { hostInUrl, hostToReach } from '../../protocol/address.ts'
import { asText, message, quoted, type Message } from '../../protocol/messages.ts'
import type { PortAnswer } from '../../protocol/ports.ts'

/** A backend answers immediately; other programs get as long as a user is willing to wait. */
const ASK_TIMEOUT_MS = 1000
/** A pong has a few hundred bytes; with models and placements some thousand. */
const ANSWER_BYTES_MAX = 1024 * 1024

/** Waits at most `timeoutMs` for each of two requests. Never rejects: failures are part of the answer. */
export async function askPort(
  address: string,
  port: number,
  timeoutMs = ASK_TIMEOUT_MS,
): Promise<PortAnswer> {
  // A link-local address with its zone (`fe80::1%eth0`) cannot be written in a URL.
  if (address.includes('%')) return silent(message('answer.unaskable', { address }))
  const place = `${hostInUrl(hostToReach(address))}:${port}`
  const answer = await askHealth(`ws://${place}/`, timeoutMs)
  // A server that ignores an upgrade may still answer a plain request.
  return answer.kind === 'silent' ? askHttp(`http://${place}/`, timeoutMs) : answer
}

function askHealth(url: string, timeoutMs: number): Promise<PortAnswer> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, {
      ...CLOSE_WAIT,
      handshakeTimeout: timeoutMs,
      perMessageDeflate: false,
      maxPayload: ANSWER_BYTES_MAX,
    })
    let wasOpen = false
    const end = (answer: PortAnswer) => {
      clearTimeout(timer)
      resolve(answer)
      closeGracefully(socket)
    }
    const endWithout = (reason: Message) => {
      end(wasOpen ? { kind: 'websocket' } : silent(reason))
    }
    const timer = setTimeout(() => {
      endWithout(message('answer.none', { ms: timeoutMs }))
    }, timeoutMs)
    socket.on('open', () => {
      wasOpen = true
      socket.send('{"type":"health_check"}')
    })
    socket.on('message', (data) => {
      const answer = readHealth(data)
      if (answer !== null) end(answer)
    })
    socket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
      end({ kind: 'http', status_code: response.statusCode ?? 0 })
      // A web server makes no closing handshake.
      socket.terminate()
    })
    socket.on('error', (error) => endWithout(quoted(error.message)))
    socket.on('close', () => endWithout(message('answer.closed')))
  })
}

const silent = (reason: Message): PortAnswer => ({ kind: 'silent', ...asText({ reason }) })

/** The reply to `health_check` in either dialect; null for other messages. */
function readHealth(data: RawData): PortAnswer | null {
  let value: unknown
  try {
    value = JSON.parse((data as Buffer).toString('utf8')) as unknown
  } catch {
    return null
  }
  const pong = pongSchema.safeParse(value)
  if (pong.success) {
    const { backend = null, pid = null, status } = pong.data
    return { kind: 'backend', backend, pid, status }
  }
  const response = healthResponseSchema.safeParse(value)
  if (!response.success) return null
  return {
    kind: 'backend',
    backend: response.data.model_type ?? null,
    pid: null,
    status: response.data.status,
  }
}

function askHttp(url: string, timeoutMs: number): Promise<PortAnswer> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      end({ kind: 'http', status_code: response.statusCode ?? 0 })
    })
    const end = (answer: PortAnswer) => {
      clearTimeout(timer)
      resolve(answer)
      request.destroy()
    }
    const timer = setTimeout(() => {
      end(silent(message('answer.none', { ms: timeoutMs })))
    }, timeoutMs)
    // Destroying the request also ends here; the promise is already settled.
    request.on('error', (error) => end(silent(quoted(error.message))))
  })
}
