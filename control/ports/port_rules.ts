/** Ports that the system reserves or may use itself, from sysctl files and netsh. */
import type { PortIo } from './port_io.ts'
import { parseLocalPortRange, parseReservedPorts, type PortRange } from './proc_text.ts'
import { windowsProgram } from './windows_holder.ts'
import { parseExcludedRanges } from './windows_text.ts'

export interface PortRules {
  /** Lower ports need privileges; 0 if none do. */
  unprivilegedFrom: number
  unprivilegedSetting: string
  /** Unavailable even to administrators (Windows: Hyper-V, WSL and Docker reserve such ranges). */
  excluded: readonly PortRange[]
  /** Range for outgoing connections; null if unknown. */
  outgoing: PortRange | null
  /** Excluded from `outgoing`; available on request. */
  reserved: readonly PortRange[]
}

/** System default (ip(7); macOS: bind(2)). */
const PRIVILEGED_BELOW = 1024

/** A setting that cannot be read has the system's default. */
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
