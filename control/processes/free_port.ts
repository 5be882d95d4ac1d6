import { message, type Message } from '../../protocol/messages.ts'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export type PortFreedom = { isFree: true } | { isFree: false; reason: Message }

const FIRST_DELAY_MS = 20
const DELAY_MS_MAX = 250

/**
 * Resolves once `host:port` is free, when `deadline` is aborted, or immediately for errors that waiting cannot solve (a forbidden
 * port, an unknown host). Never rejects. Each attempt holds the port briefly: start nothing on it before this resolves.
 */
export async function freePortWait(
  host: string,
  port: number,
  deadline: AbortSignal,
): Promise<PortFreedom> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, DELAY_MS_MAX)) {
    const error = await tryToListen(host, port)
    if (error === null) return { isFree: true }
    if (error.code !== 'EADDRINUSE') {
      const reason = message('stop.port_refused', { port, host, reason: error.message })
      return { isFree: false, reason }
    }
    const isTimeLeft = await delay(delayMs, true, { signal: deadline }).catch(() => false)
    if (!isTimeLeft) {
      return { isFree: false, reason: message('stop.port_held', { port, host }) }
    }
  }
}

/** null on success; the port is free again when this resolves. */
function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(null)
      })
    })
  })
}
