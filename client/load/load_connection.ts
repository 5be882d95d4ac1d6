/** What a load is sent over: each `send` is one request, and one outcome. */
import type { BackendClient } from '../backend_client.ts'
import type { Outcome } from '../outcome.ts'
import type { Frame } from '../request_frame.ts'

export interface LoadConnection<Ended extends Outcome = Outcome> {
  /** Sends the next request; resolves when it has ended. Never rejects. */
  send(): Promise<Ended>
  /** Resolves when it is closed; what is in flight ends as `broken`. */
  close(): Promise<void>
}

/** Rejects when `client` cannot connect, or `signal` is aborted first. */
export async function loadConnection(
  client: BackendClient,
  frameFor: (requestId: string) => Frame,
  signal: AbortSignal,
): Promise<LoadConnection> {
  const close = () => void client.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    await client.open()
  } finally {
    signal.removeEventListener('abort', close)
  }
  return {
    close: () => client.close(),
    send: () => {
      const requestId = client.newId()
      return client.exchange(requestId, frameFor(requestId))
    },
  }
}
