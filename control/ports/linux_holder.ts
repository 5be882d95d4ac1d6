/** Who holds a port on Linux: from the network tables to an inode, then to the process that has it open. */
import { asText, message } from '../../protocol/messages.ts'
import type { PortHolder } from '../../protocol/ports.ts'
import { socketsInTheWay } from './addresses.ts'
import type { PortIo } from './port_io.ts'
import {
  accountNameOf,
  parseBootSeconds,
  parseCmdline,
  parseProcNetTcp,
  parseSocketLink,
  parseStartSeconds,
  parseTimeWaits,
  type ProcSocket,
} from './proc_text.ts'
import { joinArguments, oldestOf } from './process_facts.ts'

/** null when no table shows a conflicting socket. */
export async function findLinuxHolder(
  address: string,
  port: number,
  io: PortIo,
): Promise<PortHolder | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => textOrEmpty(io, file)),
  )
  const sockets = tables.flatMap((table) => parseProcNetTcp(table, io.endianness))
  const found = socketsInTheWay(sockets, { address, port })
  const [first] = found
  if (first === undefined) return null
  const user = accountNameOf(await textOrEmpty(io, '/etc/passwd'), first.uid) ?? `uid ${first.uid}`
  const { processes, unreadable } = await processesWith(found, io)
  const oldest = oldestOf(processes)
  if (oldest !== null) return { ...oldest, user }
  return {
    pid: null,
    command: null,
    started_at: null,
    user,
    ...asText({
      reason:
        unreadable > 0
          ? message('holder.other_user', {
              user,
              count: unreadable,
              command: `sudo ss -tanp 'sport = :${port}'`,
            })
          : message('holder.no_process'),
    }),
  }
}

/** Seconds until closed connections release the port; null when none holds it. */
export async function timeWaitSeconds(
  address: string,
  port: number,
  io: PortIo,
): Promise<number | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => textOrEmpty(io, file)),
  )
  const waits = tables.flatMap((table) => parseTimeWaits(table, io.endianness))
  const found = socketsInTheWay(waits, { address, port })
  return found.length === 0 ? null : Math.max(...found.map(({ seconds }) => seconds))
}

type HolderProcess = Omit<PortHolder, 'user'>

async function processesWith(
  sockets: readonly ProcSocket[],
  io: PortIo,
): Promise<{ processes: HolderProcess[]; unreadable: number }> {
  const inodes = new Set(sockets.map(({ inode }) => inode).filter((inode) => inode !== 0))
  const pids = (await io.list('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const processes: HolderProcess[] = []
  let unreadable = 0
  for (const pid of pids) {
    const hasIt = await hasOpen(pid, inodes, io)
    if (hasIt === null) unreadable++
    else if (hasIt) processes.push(await describeProcess(pid, io))
  }
  return { processes, unreadable }
}

/** null without permission. A process that has exited has nothing open. */
async function hasOpen(
  pid: string,
  inodes: ReadonlySet<number>,
  io: PortIo,
): Promise<boolean | null> {
  let files: string[]
  try {
    files = await io.list(`/proc/${pid}/fd`)
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '') ? null : false
  }
  const targets = await Promise.all(
    files.map((file) => io.readLink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  )
  return targets.some((target) => inodes.has(parseSocketLink(target) ?? 0))
}

async function describeProcess(pid: string, io: PortIo): Promise<HolderProcess> {
  const [cmdline, stat, systemStat] = await Promise.all([
    textOrEmpty(io, `/proc/${pid}/cmdline`),
    textOrEmpty(io, `/proc/${pid}/stat`),
    textOrEmpty(io, '/proc/stat'),
  ])
  const words = parseCmdline(cmdline)
  const [startSeconds, bootSeconds] = [parseStartSeconds(stat), parseBootSeconds(systemStat)]
  const isWhole = words.length > 0 && startSeconds !== null && bootSeconds !== null
  return {
    pid: Number(pid),
    command: words.length === 0 ? null : joinArguments(words),
    started_at:
      startSeconds === null || bootSeconds === null
        ? null
        : Math.round((bootSeconds + startSeconds) * 1000),
    ...asText({ reason: isWhole ? null : message('holder.ending', { pid }) }),
  }
}

/** Missing or forbidden files of /proc read as empty. */
async function textOrEmpty(io: PortIo, file: string): Promise<string> {
  return io.readText(file).catch(() => '')
}
