/** Sections that would share an address: the same port of the same machine. */
import { hostToReach } from '../protocol/address.ts'
import type { BackendConfig, ModelsConfig } from '../protocol/config.ts'
import { instancesOf } from './instances.ts'

/** An address that a program other than the backends of the file uses, with its name: the gateway. */
export interface ReservedAddress {
  host: string
  port: number
  owner: string
}

export interface PortClash {
  backend: string
  key: 'port' | 'hosts'
  message: string
  remedy: string
}

interface Taken {
  host: string
  port: number
  owner: string
  /** Whether a program of this machine listens there. An external backend is only connected to. */
  isListener: boolean
}

/** At most one for each section, in the order of the file. */
export function portClashes(
  config: ModelsConfig,
  reserved: readonly ReservedAddress[],
): PortClash[] {
  const gateway = reserved.map((one): Taken => ({ ...one, isListener: true }))
  const taken = [...gateway]
  const clashes: PortClash[] = []
  for (const [backend, section] of Object.entries(config.model_backends)) {
    const own = addressesOf(backend, section)
    // Several hosts may name what another section starts: a pool of a local backend and remote ones. A path to the gateway is a loop.
    const others = section.hosts === undefined ? taken : gateway
    const found = firstClash(own, others)
    if (found === null) {
      if (section.hosts === undefined) taken.push(...own)
      continue
    }
    clashes.push(clashOf(backend, section, { ...found, isFree: isFreeIn(config, reserved) }))
  }
  return clashes
}

function addressesOf(backend: string, section: BackendConfig): Taken[] {
  return instancesOf(backend, section).map(({ config: { host, port } }) => ({
    host,
    port,
    owner: `"${backend}"`,
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
    isFree,
  }: { index: number; address: Taken; other: Taken; isFree: (port: number) => boolean },
): PortClash {
  if (section.runtime === 'external') {
    return {
      backend,
      key: section.hosts === undefined ? 'port' : 'hosts',
      message: `port ${port} on ${host} is already used by ${owner}`,
      remedy: 'correct the address of the external backend, or remove one of the two',
    }
  }
  const replica = index === 0 ? '' : `; replica ${index + 1} needs it`
  return {
    backend,
    key: 'port',
    message: `port ${port} on ${host} is already used by ${owner}${replica}`,
    remedy: `use ${freePorts(section.replicas, isFree)}`,
  }
}

/** Of 8766-8999, the range that the platform keeps for backends. */
function freePorts(count: number, isFree: (port: number) => boolean): string {
  const ports = Array.from({ length: count }, (_, index) => index)
  for (let first = 8766; first + count <= 9000; first++) {
    if (ports.every((offset) => isFree(first + offset))) {
      return count === 1
        ? `a free port, such as ${first}`
        : `${count} free ports in a row, such as those from ${first}`
    }
  }
  return 'a free port of 1024-65535'
}

/** A port that nobody in the file has on any machine: the user may move the section anywhere. */
function isFreeIn(config: ModelsConfig, reserved: readonly ReservedAddress[]) {
  const ports = new Set([
    ...reserved.map(({ port }) => port),
    ...Object.entries(config.model_backends).flatMap(([backend, section]) =>
      addressesOf(backend, section).map(({ port }) => port),
    ),
  ])
  return (port: number) => !ports.has(port)
}

function isSamePlace(one: Taken, other: Taken): boolean {
  if (one.port !== other.port) return false
  if (placeOf(one.host) === placeOf(other.host)) return true
  // What listens on every address of this machine stands in the way of what listens on one of them.
  return (isWildcard(one) && other.isListener) || (isWildcard(other) && one.isListener)
}

const isWildcard = ({ host, isListener }: Taken) => isListener && hostToReach(host) !== host

/** One spelling for each place. The loopback names are one place: `localhost` may be either of the two addresses. */
function placeOf(host: string): string {
  const reached = hostToReach(host).toLowerCase().replace(/\.$/, '')
  const plain = reached.includes(':') ? new URL(`ws://[${reached}]`).hostname : reached
  return ['127.0.0.1', '[::1]', '[::ffff:7f00:1]'].includes(plain) ? 'localhost' : plain
}
