/** Who holds a port on Windows, from netstat and PowerShell. */
import path from 'node:path'
import { asText, message } from '../../protocol/messages.ts'
import type { PortHolder } from '../../protocol/ports.ts'
import { socketsInTheWay } from './addresses.ts'
import type { PortIo } from './port_io.ts'
import { plainCommand } from './process_facts.ts'
import { parseNetstat, parseWindowsProcess, windowsProcessScript } from './windows_text.ts'

/** The pid for sockets of Windows drivers, such as http.sys for IIS and WinRM. */
const SYSTEM_PID = 4

/** null when netstat shows no conflicting socket. */
export async function findWindowsHolder(
  address: string,
  port: number,
  io: PortIo,
): Promise<PortHolder | null> {
  const { stdout } = await io.run(windowsProgram(io, 'netstat.exe'), ['-ano'])
  // A closed connection stays in the list for some minutes, under pid 0.
  const sockets = parseNetstat(stdout).filter(({ pid }) => pid !== 0)
  const [found] = socketsInTheWay(sockets, { address, port })
  return found === undefined ? null : describeProcess(found.pid, io)
}

/** With its folder: Windows would search the current folder first. */
export function windowsProgram(io: PortIo, ...names: string[]): string {
  return path.win32.join(io.systemRoot, 'System32', ...names)
}

async function describeProcess(pid: number, io: PortIo): Promise<PortHolder> {
  const shell = windowsProgram(io, 'WindowsPowerShell', 'v1.0', 'powershell.exe')
  const { stdout, failure } = await io.run(shell, [
    ...['-NoProfile', '-NonInteractive', '-Command'],
    windowsProcessScript(pid),
  ])
  const told = parseWindowsProcess(stdout)
  if (told === null) {
    const about = { program: 'PowerShell', pid, reason: failure ?? 'no line' }
    return {
      ...{ pid, command: null, started_at: null, user: null },
      ...asText({ reason: message('holder.no_details', about) }),
    }
  }
  const command = told.command ?? told.name
  return {
    pid,
    command: command === null ? null : plainCommand(command),
    started_at: told.created,
    user: told.user,
    ...asText({
      reason: told.command === null || told.user === null ? reasonOf(pid, told.name) : null,
    }),
  }
}

const reasonOf = (pid: number, name: string | null) =>
  pid === SYSTEM_PID
    ? message('holder.windows')
    : message('holder.other_account', { name: name ?? message('holder.pid', { pid }) })
