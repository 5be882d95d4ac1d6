/** Which token the port of a backend demands. */
import type { BackendConfig } from '../protocol/config.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { TOKEN_VARIABLE } from '../sockets/token.ts'

/**
 * What the port of a backend demands: nothing where it is reached by this machine alone. A person's own token goes first, since
 * other programs know it; what somebody else runs has a token only if its section says so.
 */
export function tokenOf({ host, runtime, env }: BackendConfig, ours: string): string | null {
  if (isLoopbackHost(host)) return null
  const given = env[TOKEN_VARIABLE]
  if (given !== undefined || runtime === 'external') return given ?? null
  return process.env[TOKEN_VARIABLE] ?? ours
}
