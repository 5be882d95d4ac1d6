/** Whether a port can be listened on again, which alone proves that a backend has let it go. */
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export type PortFreedom = { isFree: true } | { isFree: false; reason: string }

const FIRST_DELAY_MS = 20
const DELAY_MS_MAX = 250

/**
 * Resolves once `host:port` could be listened on, or when `deadline` is aborted (`AbortSignal.timeout(5000)`), or at once
 * when waiting cannot help (a forbidden port, an unknown host). Never rejects. Each try holds the port for an instant:
 * start nothing on it until this has resolved.
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
      return { isFree: false, reason: `port ${port} of ${host} cannot be had: ${error.message}` }
    }
    const isTimeLeft = await delay(delayMs, true, { signal: deadline }).catch(() => false)
    if (!isTimeLeft) {
      return { isFree: false, reason: `port ${port} of ${host} is still held (EADDRINUSE)` }
    }
  }
}

/** null when it could be listened on; it is free again when this resolves. */
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
