/** One connection per backend, reused by later requests. */
import { BackendClient } from '../../client/backend_client.ts'
import type { Answered, Broken, Refused } from '../../client/outcome.ts'
import type { ClientSocket } from '../../client/socket.ts'
import { exactText, type SentMessage } from './sent_message.ts'

/** Closes idle connections so that the panel does not count as a client. */
const IDLE_CLOSE_MS = 30_000

/** Stored in the browser, so without anything that `text` already contains. */
export type Outcome =
  | Omit<Answered, 'message'>
  | Refused
  /** No reply: the connection failed or closed. */
  | Omit<Broken, 'code'>

export interface InferenceClient {
  /** Aborting `signal` sends `cancel`; the backend's answer to it becomes the outcome. */
  run(
    backend: string,
    requestId: string,
    message: SentMessage,
    signal: AbortSignal,
  ): Promise<Outcome>
  dispose(): void
}

export function createInferenceClient(
  openSocket: (backend: string) => ClientSocket,
): InferenceClient {
  const clients = new Map<string, BackendClient>()

  function clientOf(name: string): BackendClient {
    const known = clients.get(name)
    if (known) return known
    const client = new BackendClient({
      name,
      openSocket: () => openSocket(name),
      idleCloseMs: IDLE_CLOSE_MS,
      // The gateway applies the backend's own timeout.
      timeoutMs: Infinity,
    })
    clients.set(name, client)
    return client
  }

  return {
    async run(backend, requestId, message, signal) {
      const text = await exactText(message)
      const outcome = await clientOf(backend).exchange(requestId, text, { signal })
      if (outcome.phase !== 'answered') return outcome
      const { message: _, ...kept } = outcome
      return kept
    },
    dispose() {
      for (const client of clients.values()) void client.close()
      clients.clear()
    },
  }
}
