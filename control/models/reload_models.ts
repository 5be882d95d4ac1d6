import { BackendClient } from '../../client/backend_client.ts'
import { openNodeSocket } from '../../client/node_socket.ts'
import { ControlError, saidBy } from '../../protocol/errors.ts'
import { bearerHeaders } from '../../server/token.ts'

const RELOAD_MS_MAX = 120_000

/** Rejects with ControlError when the old models stay active. */
export async function reloadModels({
  name,
  url,
  token,
}: {
  name: string
  url: string
  token: string | null
}): Promise<void> {
  const client = new BackendClient({
    ...{ name, url, timeoutMs: RELOAD_MS_MAX },
    openSocket: () => openNodeSocket(url, { headers: bearerHeaders(token) }),
  })
  try {
    await client.reload()
  } catch (error) {
    throw new ControlError('not_reloaded', saidBy(error))
  } finally {
    void client.close()
  }
}
