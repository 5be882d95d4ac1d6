import { asText, message } from '../../protocol/messages.ts'
import type { PortHolder } from '../../protocol/ports.ts'
import { socketsInTheWay } from './addresses.ts'
import { parseLsof, parsePsLine, type LsofSocket } from './lsof_text.ts'
import type { PortIo } from './port_io.ts'
import { oldestOf, plainCommand } from './process_facts.ts'

/** null when lsof shows no process: without root it only shows the user's own. */
export async function findMacHolder(
  address: string,
  port: number,
  io: PortIo,
): Promise<PortHolder | null> {
  const found = socketsInTheWay(await socketsOn(port, io), { address, port })
  const pids = [...new Set(found.map(({ pid }) => pid))]
  const holders = await Promise.all(pids.map((pid) => describeProcess(pid, userOf(found, pid), io)))
  return oldestOf(holders)
}

/** Listeners; without any, connections. */
async function socketsOn(
  port: number,
  io: PortIo,
): Promise<(LsofSocket & { isListening: boolean })[]> {
  const select = ['-nP', `-iTCP:${port}`]
  const listening = await io.run('lsof', [...select, '-sTCP:LISTEN', '-FpcLn'])
  const listeners = parseLsof(listening.stdout)
  if (listeners.length > 0) return listeners.map((one) => ({ ...one, isListening: true }))
  const all = await io.run('lsof', [...select, '-FpcLn'])
  return parseLsof(all.stdout).map((one) => ({ ...one, isListening: false }))
}

const userOf = (sockets: readonly LsofSocket[], pid: number) =>
  sockets.find((socket) => socket.pid === pid)?.user ?? null

async function describeProcess(pid: number, user: string | null, io: PortIo): Promise<PortHolder> {
  const { stdout, failure } = await io.run('ps', ['-o', 'etime=,command=', '-p', String(pid)])
  const line = parsePsLine(stdout)
  return {
    pid,
    command: line === null ? null : plainCommand(line.command),
    started_at: line === null ? null : io.now() - line.runningMs,
    user,
    ...asText({
      reason:
        line === null
          ? message('holder.no_details', { program: 'ps', pid, reason: failure ?? 'no line' })
          : null,
    }),
  }
}
