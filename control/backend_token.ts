/** Which token the port of a backend demands. */
import type { BackendConfig } from '../protocol/config.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { TOKEN_VARIABLE } from '../server/token.ts'

/**
 * What the port of a backend demands of other machines. Built-in backends get one on a loopback address, too: programs of this
 * machine need no token, and with it the gateway gets in when they have filled the port. A person's own token goes first, since
 * other programs know it; an external backend has a token only if its section says so.
 */
export function tokenOf({ host, runtime, env }: BackendConfig, ours: string): string | null {
  if (isLoopbackHost(host) && (runtime === 'command' || runtime === 'external')) return null
  const given = env[TOKEN_VARIABLE]
  if (given !== undefined || runtime === 'external') return given ?? null
  return process.env[TOKEN_VARIABLE] ?? ours
}
