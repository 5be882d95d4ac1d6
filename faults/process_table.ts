/**
 * Process table with parent and start time, independent of the product's own reader, so that its faults cannot hide
 * orphans. Linux: /proc, macOS: ps, Windows: CIM.
 */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface ProcessLine {
  pid: number
  parentPid: number
  /** Only for equality: the same pid with another start time is another process. */
  startTime: string
}

const run = promisify(execFile)
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** Running processes, without zombies. Rejects if the system does not report them. */
export async function processTable(platform: NodeJS.Platform): Promise<ProcessLine[]> {
  switch (platform) {
    case 'linux':
      return linuxTable()
    case 'win32':
      return parseWindowsTable(await output('powershell.exe', ['-NoProfile', '-Command', CIM]))
    default:
      return parsePsTable(await output('ps', ['-A', '-o', 'pid=,ppid=,state=,lstart=']))
  }
}

/** https://learn.microsoft.com/windows/win32/cimwin32prov/win32-process; ticks are locale-independent. */
const CIM =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $($_.CreationDate.Ticks)" }'

/** Lines such as `4312 1020 638000000000000000`. The idle process has no creation date. */
export function parseWindowsTable(text: string): ProcessLine[] {
  return linesOf(text, /^(\d+) (\d+) ?(\d*)$/, ([pid, parentPid, startTime]) => ({
    ...numbers(pid, parentPid),
    startTime: startTime ?? '',
  }))
}

/** Lines such as `  812   1 S+   Mon Nov 24 10:12:13 2025`; see ps(1) of macOS for the state letters. */
export function parsePsTable(text: string): ProcessLine[] {
  return linesOf(text, /^(\d+)\s+(\d+)\s+([^Z\s]\S*)\s+(.+)$/, ([pid, parentPid, , startTime]) => ({
    ...numbers(pid, parentPid),
    startTime: startTime ?? '',
  }))
}

async function linuxTable(): Promise<ProcessLine[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    names.map(async (name) => {
      try {
        return parseStat(await readFile(`/proc/${name}/stat`, 'utf8'))
      } catch {
        // It exited between listing and reading.
        return null
      }
    }),
  )
  return lines.filter((line) => line !== null)
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; null for a zombie. */
export function parseStat(text: string): ProcessLine | null {
  // The name in brackets may contain any character, including brackets and spaces.
  const [state, parentPid, ...more] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return null
  // Field 22 of the line; `more` begins with field 5.
  return { ...numbers(text.split(' ', 1)[0], parentPid), startTime: more[22 - 5] ?? '' }
}

const output = async (program: string, args: string[]) =>
  (await run(program, args, { maxBuffer: OUTPUT_BYTES_MAX, windowsHide: true })).stdout

const numbers = (pid: string | undefined, parentPid: string | undefined) => ({
  pid: Number(pid),
  parentPid: Number(parentPid),
})

function linesOf(
  text: string,
  pattern: RegExp,
  read: (groups: string[]) => ProcessLine,
): ProcessLine[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = pattern.exec(line.trim())
    return match === null ? [] : [read(match.slice(1))]
  })
}
