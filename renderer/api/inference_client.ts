/** Sends inference requests to the gateway as any client does: one connection per backend, kept for the next request. */
import { BackendClient } from '../../client/backend_client.ts'
import type { Answered, Refused } from '../../client/outcome.ts'
import type { ClientSocket } from '../../client/socket.ts'
import { exactText, type SentMessage } from './sent_message.ts'

/** An idle connection is closed, so that the panel does not count as a client for ever. */
const IDLE_CLOSE_MS = 30_000

/** Kept in the browser, so without what its text holds already. */
export type Outcome =
  | Omit<Answered, 'message'>
  | Refused
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
      // The gateway has the deadline of the backend's section.
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
