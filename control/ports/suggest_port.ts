import { BACKEND_PORTS, PORT_MAX, PORT_MIN } from '../../protocol/config.ts'
import type { PortIo } from './port_io.ts'
import { isWithin, type PortRules } from './port_rules.ts'

export interface PortWish {
  address: string
  taken: ReadonlySet<number>
  rules: PortRules
  /** Ports after it are tried first: a neighbor is easier to remember. */
  near?: number
}

/**
 * The first free port: neighbors of `near`, BACKEND_PORTS, then 1024-65535. null when there is none, or when the
 * address itself is rejected. Another program may take it before it is used.
 */
export async function suggestPort(
  { address, taken, rules, near }: PortWish,
  io: Pick<PortIo, 'tryBind'>,
): Promise<number | null> {
  for (const port of candidates(near)) {
    if (taken.has(port) || port < rules.unprivilegedFrom) continue
    if ([...rules.excluded, ...rules.reserved].some((range) => isWithin(port, range))) continue
    const code = await io.tryBind(address, port)
    if (code === null) return port
    // Other errors are not about the port and would repeat.
    if (code !== 'EADDRINUSE' && code !== 'EACCES') return null
  }
  return null
}

const NEIGHBOURS = 100

function* candidates(near: number | undefined): Generator<number> {
  if (near !== undefined && near >= PORT_MIN) {
    for (let port = near + 1; port <= Math.min(near + NEIGHBOURS, PORT_MAX); port++) yield port
  }
  for (let port = BACKEND_PORTS.first; port <= BACKEND_PORTS.last; port++) yield port
  for (let port = PORT_MIN; port <= PORT_MAX; port++) {
    if (!isWithin(port, BACKEND_PORTS)) yield port
  }
}
