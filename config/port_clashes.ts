/** Detects sections that would share a port of the same machine. */
import { hostToReach } from '../protocol/address.ts'
import type { BackendConfig, ModelsConfig } from '../protocol/config.ts'
import type { Fault } from '../protocol/config_problem.ts'
import { message, type Message } from '../protocol/messages.ts'
import { nextFreePort } from './free_port.ts'
import { instancesOf } from './instances.ts'

export interface ReservedAddress {
  host: string
  port: number
  owner: string
}

export interface PortClash extends Fault {
  backend: string
  key: 'port' | 'hosts'
  freePort: number | null
}

interface Taken {
  host: string
  port: number
  owner: string
  /** Whether a program of this machine listens there. Switchyard only connects to an external backend. */
  isListener: boolean
}

/** At most one per section, in file order. Never offers a port of `busy`. */
export function portClashes(
  config: ModelsConfig,
  reserved: readonly ReservedAddress[],
  busy: ReadonlySet<number> = new Set(),
): PortClash[] {
  const offered = new Set([...busy, ...portsOf(config, reserved)])
  const gateway = reserved.map((one): Taken => ({ ...one, isListener: true }))
  const taken = [...gateway]
  const clashes: PortClash[] = []
  for (const [backend, section] of Object.entries(config.model_backends)) {
    const own = addressesOf(backend, section)
    // A pool may name the address that another section starts. A path to the gateway would be a loop.
    const others = section.hosts === undefined ? taken : gateway
    const found = firstClash(own, others)
    if (found === null) {
      if (section.hosts === undefined) taken.push(...own)
      continue
    }
    clashes.push(clashOf(backend, section, { ...found, taken: offered }))
  }
  return clashes
}

function addressesOf(backend: string, section: BackendConfig): Taken[] {
  return instancesOf(backend, section).map(({ config: { host, port } }) => ({
    host,
    port,
    owner: backend,
    isListener: section.runtime !== 'external',
  }))
}

function firstClash(own: readonly Taken[], others: readonly Taken[]) {
  for (const [index, address] of own.entries()) {
    const other = others.find((one) => isSamePlace(one, address))
    if (other !== undefined) return { index, address, other }
  }
  return null
}

function clashOf(
  backend: string,
  section: BackendConfig,
  {
    index,
    address: { host, port },
    other: { owner },
    taken,
  }: { index: number; address: Taken; other: Taken; taken: Set<number> },
): PortClash {
  const place = isLoopback(host)
    ? message('config.place', { port })
    : message('config.place_on', { port, host })
  if (section.runtime === 'external') {
    return {
      backend,
      key: section.hosts === undefined ? 'port' : 'hosts',
      message: message('config.port_owned', { place, owner }),
      remedy: message('fix.external'),
      freePort: null,
    }
  }
  const { replicas } = section
  const freePort = nextFreePort({ taken, near: port, count: replicas })
  for (let offset = 0; freePort !== null && offset < replicas; offset++) {
    taken.add(freePort + offset)
  }
  return {
    backend,
    key: 'port',
    message:
      index === 0
        ? message('config.port_owned', { place, owner })
        : message('config.port_replica', { place, owner, replica: index + 1 }),
    remedy: remedyOf(freePort, replicas),
    freePort,
  }
}

function remedyOf(port: number | null, replicas: number): Message {
  if (port === null) return message('fix.stop_backend')
  return replicas === 1
    ? message('fix.port', { port })
    : message('fix.port_row', { port, last: port + replicas - 1 })
}

/** All ports of the file on any machine: the user may move the section. */
function portsOf(config: ModelsConfig, reserved: readonly ReservedAddress[]): number[] {
  return [
    ...reserved.map(({ port }) => port),
    ...Object.entries(config.model_backends).flatMap(([backend, section]) =>
      addressesOf(backend, section).map(({ port }) => port),
    ),
  ]
}

function isSamePlace(one: Taken, other: Taken): boolean {
  if (one.port !== other.port) return false
  if (placeOf(one.host) === placeOf(other.host)) return true
  // A listener on all addresses conflicts with a listener on one of them.
  return (isWildcard(one) && other.isListener) || (isWildcard(other) && one.isListener)
}

const isWildcard = ({ host, isListener }: Taken) => isListener && hostToReach(host) !== host

/** Normalizes a host. All loopback names are equal: `localhost` may be either address. */
function placeOf(host: string): string {
  const reached = hostToReach(host).toLowerCase().replace(/\.$/, '')
  const plain = reached.includes(':') ? new URL(`ws://[${reached}]`).hostname : reached
  return ['127.0.0.1', '[::1]', '[::ffff:7f00:1]'].includes(plain) ? 'localhost' : plain
}

const isLoopback = (host: string) => placeOf(host) === 'localhost'
