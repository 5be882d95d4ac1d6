/** Parses the process lists of Linux, `ps` and PowerShell. */

export interface ProcessRow {
  pid: number
  parentPid: number
  /** null on Windows, which has no process groups. */
  groupId: number | null
  /** Opaque; identifies a process together with the pid. */
  startTime: string
  /** Increases with the start time, in a system-specific unit. */
  startOrder: number
  rssBytes: number | null
}

const isEnded = (state: string) => /^[ZXx]/.test(state)

/**
 * /proc/PID/stat, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. Field 2 is the name in parentheses with
 * any characters, so fields are counted after the last one. Field 22 is the start in ticks since boot; `bootId`
 * distinguishes boots. null for a zombie or invalid text.
 */
export function parseLinuxStat(text: string, bootId: string): ProcessRow | null {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ')
  const [state, parentPid, groupId] = fields
  const ticks = fields[22 - 3]
  if (state === undefined || ticks === undefined || isEnded(state)) return null
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    startTime: `${bootId} ${ticks}`,
    startOrder: Number(ticks),
    rssBytes: null,
  }
}

/** `VmRSS:   12345 kB` of /proc/PID/status, in bytes; 0 for a kernel thread or zombie, which have none. */
export function parseVmRss(text: string): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(text)
  return match === null ? 0 : Number(match[1]) * 1024
}

/** `ps -o pid=,ppid=,pgid=,rss=,stat=,lstart=` with LC_ALL=C and TZ=UTC; rss is in units of 1024 bytes. */
export function parsePsRows(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*\S)\s*$/.exec(line)
    if (match === null) return []
    const [, pid, parentPid, groupId, rss, state = '', start = ''] = match
    if (isEnded(state)) return []
    const startTime = start.replaceAll(/\s+/g, ' ')
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        startTime,
        startOrder: Date.parse(`${startTime} UTC`),
        rssBytes: Number(rss) * 1024,
      },
    ]
  })
}

/** Lines of pid, parent pid, working set in bytes, and start in ticks of 100 ns (0 = unknown). */
export function parseWindowsRows(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) (\d+) (\d+) (\d+)$/.exec(line.trim())
    if (match === null) return []
    const [, pid, parentPid, bytes, ticks = '0'] = match
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: null,
        startTime: ticks,
        startOrder: Number(ticks),
        rssBytes: Number(bytes),
      },
    ]
  })
}
