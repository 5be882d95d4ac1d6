/** Load is sent over these: one outcome per `send`. */
import type { BackendClient } from '../backend_client.ts'
import type { Outcome } from '../outcome.ts'
import type { Frame } from '../request_frame.ts'

export interface LoadConnection<Ended extends Outcome = Outcome> {
  send(): Promise<Ended>
  /** Requests in flight end as `broken`. */
  close(): Promise<void>
}

/** Rejects if connecting fails, or `signal` aborts first. */
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
