/** Finds a port for a section: unused in the file, near those of the other backends, and free on this machine. */
import { BACKEND_PORTS, PORT_MAX, PORT_MIN, type ConfigProblem } from '../protocol/config.ts'

/** Suggestions to check before the last one is offered unchecked. */
const TRIES_MAX = 50

export interface PortWish {
  /** Ports of the file and of the gateway, and ports in use. */
  taken: ReadonlySet<number>
  /** Search after this port; null = from BACKEND_PORTS on. */
  near: number | null
  count?: number
}

/** First of `count` consecutive free ports; null when there are none. */
export function nextFreePort({ taken, near, count = 1 }: PortWish): number | null {
  const isInRange = near !== null && near >= PORT_MIN && near < PORT_MAX
  const start = isInRange ? near + 1 : BACKEND_PORTS.first
  const rows = Array.from({ length: count }, (_, offset) => offset)
  const isFree = (first: number) =>
    first + count - 1 <= PORT_MAX && rows.every((offset) => !taken.has(first + offset))
  for (let first = start; first <= PORT_MAX; first++) if (isFree(first)) return first
  for (let first = PORT_MIN; first < start; first++) if (isFree(first)) return first
  return null
}

export function portsIn(value: unknown): number[] {
  const sections = Object.values(recordAt(value, 'model_backends'))
  return sections.flatMap((section) => {
    const { port, replicas = 1, hosts } = recordOf(section)
    if (!isPort(port) || hosts !== undefined) return []
    const count = Number.isInteger(replicas) ? Math.min(Number(replicas), 16) : 1
    return Array.from({ length: count }, (_, offset) => port + offset).filter(isPort)
  })
}

const isPort = (port: unknown): port is number =>
  Number.isInteger(port) && Number(port) >= PORT_MIN && Number(port) <= PORT_MAX

const recordAt = (value: unknown, key: string) => recordOf(recordOf(value)[key])
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** Calls `attempt` again with busy ports excluded until the ports that its problems offer are free. */
export async function offeringFreePorts<T>(
  attempt: (busy: ReadonlySet<number>) => T,
  problemsOf: (outcome: T) => readonly ConfigProblem[],
  isPortFree: (port: number) => Promise<boolean>,
): Promise<T> {
  const busy = new Set<number>()
  const free = new Set<number>()
  let outcome = attempt(busy)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const offered = problemsOf(outcome).flatMap(({ free_port: port }) =>
      port === undefined || free.has(port) ? [] : [port],
    )
    if (offered.length === 0) return outcome
    for (const port of offered) ((await isPortFree(port)) ? free : busy).add(port)
    if (offered.every((port) => free.has(port))) return outcome
    outcome = attempt(busy)
  }
  return outcome
}
