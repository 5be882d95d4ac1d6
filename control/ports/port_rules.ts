/** Which ports the system keeps from programs, or may itself take: read from sysctl files and netsh. */
import type { PortIo } from './port_io.ts'
import { parseLocalPortRange, parseReservedPorts, type PortRange } from './proc_text.ts'
import { windowsProgram } from './windows_holder.ts'
import { parseExcludedRanges } from './windows_text.ts'

export interface PortRules {
  /** Ports below need more rights; 0 where every user may have every port. */
  unprivilegedFrom: number
  /** The setting behind it, or who may have them. */
  unprivilegedSetting: string
  /** Nobody can listen here, not even an administrator (Windows: Hyper-V, WSL and Docker take such ranges). */
  excluded: readonly PortRange[]
  /** The system gives these out for outgoing connections; null where it is not known. */
  outgoing: PortRange | null
  /** Kept out of `outgoing` for some service; who asks for one of them gets it. */
  reserved: readonly PortRange[]
}

/** Ports below 1024 belong to root where nothing else is said (ip(7); macOS: bind(2)). */
const PRIVILEGED_BELOW = 1024

/** A setting that cannot be read counts as the system's default. */
export async function readPortRules(
  platform: NodeJS.Platform,
  address: string,
  io: PortIo,
): Promise<PortRules> {
  if (platform === 'win32') return readWindowsRules(address, io)
  if (platform === 'linux') return readLinuxRules(io)
  return { ...NO_RULES, unprivilegedFrom: PRIVILEGED_BELOW, unprivilegedSetting: 'root' }
}

export const isWithin = (port: number, { first, last }: PortRange) => port >= first && port <= last

const NO_RULES: PortRules = {
  unprivilegedFrom: 0,
  unprivilegedSetting: '',
  excluded: [],
  outgoing: null,
  reserved: [],
}

async function readWindowsRules(address: string, io: PortIo): Promise<PortRules> {
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  const { stdout } = await io.run(windowsProgram(io, 'netsh.exe'), [
    ...['int', family, 'show', 'excludedportrange', 'protocol=tcp'],
  ])
  return { ...NO_RULES, excluded: parseExcludedRanges(stdout) }
}

async function readLinuxRules(io: PortIo): Promise<PortRules> {
  const read = (name: string) => io.readText(`/proc/sys/net/ipv4/${name}`).catch(() => '')
  const [start, outgoing, reserved] = await Promise.all(
    ['ip_unprivileged_port_start', 'ip_local_port_range', 'ip_local_reserved_ports'].map(read),
  )
  const isNumber = /^\d+$/.test(start?.trim() ?? '')
  const unprivilegedFrom = isNumber ? Number(start) : PRIVILEGED_BELOW
  return {
    ...NO_RULES,
    unprivilegedFrom,
    unprivilegedSetting: 'net.ipv4.ip_unprivileged_port_start',
    outgoing: parseLocalPortRange(outgoing ?? ''),
    reserved: parseReservedPorts(reserved ?? ''),
  }
}
