/** The ports on which a process and its descendants listen (Linux only). */
import { machinePortIo, type PortIo } from './port_io.ts'
import { parseProcNetTcp, parseSocketLink } from './proc_text.ts'

/** Sorted; null where the system does not show it. Exited processes and those of other users have none. */
export async function listeningPorts(
  pids: readonly number[],
  io: PortIo = machinePortIo,
  platform: NodeJS.Platform = process.platform,
): Promise<number[] | null> {
  if (platform !== 'linux') return null
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => io.readText(file).catch(() => '')),
  )
  const listeners = tables
    .flatMap((table) => parseProcNetTcp(table, io.endianness))
    .filter(({ isListening }) => isListening)
  const inodes = new Set((await Promise.all(pids.map((pid) => inodesOf(pid, io)))).flat())
  const ports = listeners.filter(({ inode }) => inodes.has(inode)).map(({ port }) => port)
  return [...new Set(ports)].sort((a, b) => a - b)
}

async function inodesOf(pid: number, io: PortIo): Promise<number[]> {
  const files = await io.list(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(
    files.map((file) => io.readLink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  )
  return targets.flatMap((target) => parseSocketLink(target) ?? [])
}
