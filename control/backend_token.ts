import type { BackendConfig } from '../protocol/config.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { TOKEN_VARIABLE } from '../server/token.ts'

/**
 * The token that a backend's port requires of remote clients. Built-in backends get one on loopback too: it reserves
 * connections for the gateway when local programs fill the port. A user's token takes precedence, since other programs
 * know it. An external backend has only the token of its section.
 */
export function tokenOf({ host, runtime, env }: BackendConfig, ours: string): string | null {
  if (isLoopbackHost(host) && (runtime === 'command' || runtime === 'external')) return null
  const given = env[TOKEN_VARIABLE]
  if (given !== undefined || runtime === 'external') return given ?? null
  return process.env[TOKEN_VARIABLE] ?? ours
}
